package dev.ayni.server.guarding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatEvent.LogProbability;
import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.chat.ChatEvent.TokenProbability;
import dev.ayni.chat.ChatRequest;
import dev.ayni.guard.Check;
import dev.ayni.guard.Finding;
import dev.ayni.guard.Reading;
import dev.ayni.guard.policy.Checks;
import dev.ayni.guard.policy.Policies;
import dev.ayni.hub.Catalogue;
import dev.ayni.hub.Hub;
import dev.ayni.hub.HubSettings;
import dev.ayni.server.access.Caller;
import dev.ayni.server.access.Role;
import dev.ayni.server.anthropic.AnthropicApi;
import dev.ayni.server.http.Api;
import dev.ayni.server.http.RecordedExchange;
import dev.ayni.server.llamacpp.LlamaCppApi;
import dev.ayni.server.models.ModelPool;
import dev.ayni.server.models.ScriptedModel;
import dev.ayni.server.ollama.OllamaApi;
import dev.ayni.server.openai.OpenAiApi;
import dev.ayni.server.openai.ResponseStore;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Every way into a model and out of it goes through the guard, and each protocol says so in its own words. */
class GuardedProtocolsTest {
    private static final Guards GUARDS =
            new Guards(new Policies(Checks.shipped().with("word", new ForbiddenWord())).read("""
                name: test
                message: I cannot go on with this.
                checks: {word: {}}
                stages:
                  all: {S9: block, S10: flag}
                keys:
                  librarian:
                    stages:
                      all: {S9: allow}
                """, "test.yaml"));

    private static final List<ChatEvent> BAD = bad();

    private static List<ChatEvent> bad() {
        List<ChatEvent> events = new ArrayList<>();
        for (String token : List.of("It ", "is in ", "the gri", "moi", "re", " of old.")) {
            events.add(new LogProbability(new TokenProbability(1, token, -1), List.of()));
            events.add(new ChatEvent.Text(token));
        }
        events.add(ScriptedModel.end(Reason.END, 6));
        return events;
    }

    private final ScriptedModel bad = new ScriptedModel("tiny", BAD.toArray(ChatEvent[]::new));
    private final ScriptedModel good =
            new ScriptedModel("tiny", new ChatEvent.Text("calm"), ScriptedModel.end(Reason.END, 1));

    private static OpenAiApi openAi(ScriptedModel model) {
        return new OpenAiApi(new GuardedModelPool(model, GUARDS), ResponseStore.inMemory());
    }

    private static RecordedExchange post(Api api, String path, String body) {
        return RecordedExchange.send(api, "POST", path, body);
    }

    private static void nothingLeaked(RecordedExchange exchange) {
        assertThat(exchange.text().replace("\\n", " ")).doesNotContain("gri").doesNotContain("moi");
    }

    @Test
    void openAisClientsReadContentFilter() {
        String body =
                "{\"model\": \"tiny\", \"messages\": [{\"role\": \"user\", \"content\": \"Where?\"}], \"logprobs\":"
                        + " true";
        RecordedExchange whole = post(openAi(bad), "/v1/chat/completions", body + "}");
        nothingLeaked(whole);
        JsonNode choice = whole.json().at("/choices/0");
        assertThat(choice.get("finish_reason").stringValue()).isEqualTo("content_filter");
        assertThat(choice.at("/message/content").stringValue()).endsWith("I cannot go on with this.");
        assertThat(choice.at("/content_filter/category").stringValue()).isEqualTo("S9");
        assertThat(choice.at("/content_filter/stage").stringValue()).isEqualTo("answer");
        assertThat(choice.at("/content_filter/policy").stringValue()).startsWith("sha256:");

        RecordedExchange streamed = post(openAi(bad), "/v1/chat/completions", body + ", \"stream\": true}");
        nothingLeaked(streamed);
        assertThat(streamed.events())
                .anySatisfy(
                        event -> assertThat(event.at("/choices/0/finish_reason").asString(""))
                                .isEqualTo("content_filter"));
    }

    @Test
    void continuationsAreGuardedWithTheirProbabilities() {
        for (String more : List.of("", ", \"stream\": true", ", \"echo\": true", ", \"n\": 3")) {
            RecordedExchange exchange = post(
                    openAi(bad),
                    "/v1/completions",
                    "{\"model\": \"tiny\", \"prompt\": \"Where?\", \"logprobs\": 1" + more + "}");
            nothingLeaked(exchange);
            assertThat(exchange.text()).contains("content_filter");
        }
        RecordedExchange asked = post(
                openAi(good), "/v1/completions", "{\"model\": \"tiny\", \"prompt\": [\"calm\", \"the grimoire\"]}");
        assertThat(asked.json().at("/choices/0/finish_reason").stringValue()).isEqualTo("stop");
        assertThat(asked.json().at("/choices/1/finish_reason").stringValue()).isEqualTo("content_filter");
        assertThat(asked.json().at("/choices/1/text").stringValue()).isEmpty();
    }

    @Test
    void promptsOfTokenIdsAreReadToo() {
        String ids = "grimoire".chars().mapToObj(String::valueOf).toList().toString();
        RecordedExchange exchange =
                post(openAi(good), "/v1/completions", "{\"model\": \"tiny\", \"prompt\": " + ids + "}");
        assertThat(exchange.json().at("/choices/0/finish_reason").stringValue()).isEqualTo("content_filter");
        assertThat(exchange.json().at("/choices/0/text").stringValue()).isEmpty();
    }

    @Test
    void responsesAreIncompleteForContentFilter() {
        for (String more : List.of("", ", \"stream\": true")) {
            RecordedExchange exchange =
                    post(openAi(bad), "/v1/responses", "{\"model\": \"tiny\", \"input\": \"Where?\"" + more + "}");
            nothingLeaked(exchange);
            assertThat(exchange.text()).contains("\"incomplete_details\":{\"reason\":\"content_filter\"}");
        }
    }

    @Test
    void anthropicsClientsReadRefusal() {
        AnthropicApi api = new AnthropicApi(new GuardedModelPool(bad, GUARDS));
        String body = "{\"model\": \"tiny\", \"max_tokens\": 9, \"messages\": [{\"role\": \"user\", \"content\":"
                + " \"Where?\"}]";
        for (String more : List.of("}", ", \"stream\": true}")) {
            RecordedExchange exchange = post(api, "/v1/messages", body + more);
            nothingLeaked(exchange);
            assertThat(exchange.text()).contains("\"stop_reason\":\"refusal\"");
        }
    }

    @Test
    void ollamasClientsReadContentFilter(@TempDir Path home) {
        OllamaApi api = new OllamaApi(
                new GuardedModelPool(bad, GUARDS),
                new Hub(new HubSettings(home, URI.create("http://localhost:1"), null, null), Catalogue.bundled()));
        for (String more : List.of("", ",\"stream\":false")) {
            for (String question :
                    List.of("\"prompt\":\"Where?\"", "\"prompt\":\"Where?\",\"raw\":true,\"logprobs\":true")) {
                RecordedExchange generated = post(api, "/api/generate", "{\"model\":\"tiny\"," + question + more + "}");
                nothingLeaked(generated);
                assertThat(generated.text()).contains("\"done_reason\":\"content_filter\"");
            }
            RecordedExchange chat = post(
                    api,
                    "/api/chat",
                    "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"Where?\"}]" + more + "}");
            nothingLeaked(chat);
            assertThat(chat.text()).contains("\"done_reason\":\"content_filter\"");
        }
    }

    @Test
    void llamaCppsClientsReadWhy() {
        LlamaCppApi api = new LlamaCppApi(new GuardedModelPool(bad, GUARDS));
        for (String more : List.of("}", ", \"stream\": true}", ", \"n_probs\": 2, \"return_tokens\": true}")) {
            RecordedExchange exchange = post(api, "/completion", "{\"model\": \"tiny\", \"prompt\": \"Where?\"" + more);
            nothingLeaked(exchange);
            assertThat(exchange.text()).contains("\"content_filter\":{\"stage\":\"answer\",\"category\":\"S9\"");
        }
    }

    @Test
    void whatIsToBecomeVectorsIsAPrompt() {
        RecordedExchange exchange =
                post(openAi(good), "/v1/embeddings", "{\"model\": \"tiny\", \"input\": [\"calm\", \"a grimoire\"]}");
        assertThat(exchange.status()).isEqualTo(400);
        assertThat(exchange.json().at("/error/code").stringValue()).isEqualTo("content_filter");
        assertThat(post(openAi(good), "/v1/embeddings", "{\"model\": \"tiny\", \"input\": \"calm\"}")
                        .status())
                .isEqualTo(200);
        RecordedExchange ranked = post(
                openAi(good),
                "/v1/rerank",
                "{\"model\": \"tiny\", \"query\": \"q\", \"documents\": [\"the grimoire\"]}");
        assertThat(ranked.status()).isEqualTo(400);
    }

    @Test
    void theGuardLooksAtNothingMoreOnceTheReaderHasLeft() {
        for (String body : List.of(
                "/v1/embeddings {\"model\": \"tiny\", \"input\": [\"a\", \"b\", \"c\"]}",
                "/v1/rerank {\"model\": \"tiny\", \"query\": \"a\", \"documents\": [\"b\", \"c\"]}",
                "/v1/chat/completions {\"model\": \"tiny\", \"messages\": [{\"role\": \"user\", \"content\": \"a\"}, {\"role\": \"user\", \"content\": \"b\"}]}")) {
            RecordedExchange exchange = new RecordedExchange("POST", body.split(" ")[0], body.split(" ", 2)[1]);
            List<String> looked = Collections.synchronizedList(new ArrayList<>());
            Guards guards = new Guards(new Policies(Checks.shipped().with("word", new Check() {
                        @Override
                        public String name() {
                            return "word";
                        }

                        @Override
                        public Set<String> categories() {
                            return Set.of("S9");
                        }

                        @Override
                        public int reach() {
                            return 1;
                        }

                        @Override
                        public List<Finding> find(Reading reading) {
                            looked.add(reading.text());
                            exchange.leave();
                            return List.of();
                        }
                    }))
                    .read("name: test\nchecks: {word: {}}\nstages: {all: {S9: block}}", "test.yaml"));
            exchange.to(new OpenAiApi(new GuardedModelPool(good, guards), ResponseStore.inMemory()));

            assertThat(looked).as(body).contains("a").doesNotContain("c");
            assertThat(exchange.begun()).isFalse();
            assertThat(exchange.used()).isEmpty();
        }
    }

    @Test
    void theEarlierMessagesOfOnesOwnChatAreNotLookedAtAgain() {
        OpenAiApi api = openAi(good);
        Caller ana = new Caller("ana", "key_2", Set.of(Role.USER), 0);
        Caller ben = new Caller("ben", "key_3", Set.of(Role.USER), 0);
        for (String path : List.of("/v1/chat/completions", "/v1/completions")) {
            String asked = path.endsWith("chat/completions")
                    ? "\"messages\": [{\"role\": \"user\", \"content\": \"%s\"}]"
                    : "\"prompt\": \"%s\"";
            String body = "{\"model\": \"tiny\", " + asked.formatted("Who? " + path) + "}";
            List<Boolean> remembered = new ArrayList<>();
            for (Caller caller : List.of(ana, ben, ana)) {
                RecordedExchange exchange =
                        new RecordedExchange("POST", path, body).by(caller).to(api);
                remembered.add(exchange.verdicts().getFirst().remembered());
            }
            assertThat(remembered).as(path).containsExactly(false, false, true);
        }
    }

    @Test
    void aKeyIsServedByItsOwnRules() {
        Caller librarian = new Caller("librarian", "key_1", Set.of(Role.USER), 0);
        RecordedExchange exchange = new RecordedExchange(
                        "POST",
                        "/v1/chat/completions",
                        "{\"model\": \"tiny\", \"messages\": [{\"role\": \"user\", \"content\": \"Where?\"}]}")
                .by(librarian)
                .to(openAi(bad));
        assertThat(exchange.json().at("/choices/0/message/content").stringValue())
                .isEqualTo("It is in the grimoire of old.");
    }

    @Test
    void aModelThatWritesByAnotherTemplateStaysGuarded() {
        List<ChatEvent> heard = new ArrayList<>();
        try (ModelPool.Lease lease = new GuardedModelPool(bad, GUARDS).lease("tiny")) {
            lease.model().withTemplate("another").chat().chat(ChatRequest.of("Where?"), heard::add);
        }
        assertThat(bad.template()).isEqualTo("another");
        assertThat(heard).hasAtLeastOneElementOfType(ChatEvent.Blocked.class);
    }

    private static final GuardApi API =
            new GuardApi(() -> GUARDS, (error, id) -> new JsonMapper().writeValueAsString(error.getMessage()));

    @Test
    void moderationsScoreThirteenCategories() {
        JsonNode answer = post(API, "/v1/moderations", "{\"input\": [\"the grimoire\", \"calm\"], \"model\": \"any\"}")
                .json();
        assertThat(answer.get("id").stringValue()).startsWith("modr-");
        JsonNode first = answer.at("/results/0");
        assertThat(first.get("flagged").booleanValue()).isTrue();
        assertThat(first.get("categories").size()).isEqualTo(13);
        assertThat(first.at("/categories/illicit~1violent").booleanValue()).isTrue();
        assertThat(first.at("/category_scores/illicit~1violent").doubleValue()).isEqualTo(0.9);
        assertThat(first.at("/category_applied_input_types/hate/0").stringValue())
                .isEqualTo("text");
        assertThat(answer.at("/results/1/flagged").booleanValue()).isFalse();

        JsonNode parts = post(API, "/v1/moderations", "{\"input\": [{\"type\": \"text\", \"text\": \"rude\"}]}")
                .json();
        assertThat(parts.at("/results/0/category_scores/hate").doubleValue()).isEqualTo(0.7);
        assertThat(post(API, "/v1/moderations", "{\"input\": [{\"type\": \"image_url\"}]}")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void theClassifiersThatShipScoreAllThirteenCategories() {
        Guards classifying = new Guards(new Policies(Checks.shipped()).read("""
                name: classifying
                checks: {moderation: , hazards: }
                stages: {prompt: {"*": {do: flag, threshold: 0.8}}}
                failure: {seconds: 300}
                """, "classifying.yaml"));
        GuardApi api =
                new GuardApi(() -> classifying, (error, id) -> new JsonMapper().writeValueAsString(error.getMessage()));
        JsonNode answer = post(api, "/v1/moderations", "{\"input\": [\"Hi\", \"I will kill you, you filthy dog\"]}")
                .json();
        assertThat(answer.at("/results/0/flagged").booleanValue()).isFalse();
        assertThat(answer.at("/results/0/category_scores").properties())
                .hasSize(13)
                .allSatisfy(score -> assertThat(score.getValue().doubleValue())
                        .as(score.getKey())
                        .isStrictlyBetween(0.0, 0.8));
        assertThat(answer.at("/results/1/category_scores/violence").doubleValue())
                .isGreaterThan(answer.at("/results/0/category_scores/violence").doubleValue());
    }

    @Test
    void checksTellWhatWouldBeDoneAndWhy() {
        JsonNode answer = post(API, "/v1/guard/checks", "{\"text\": \"a rude grimoire\", \"stage\": \"tool-result\"}")
                .json();
        assertThat(answer.get("action").stringValue()).isEqualTo("block");
        assertThat(answer.get("text").isNull()).isTrue();
        assertThat(answer.get("message").stringValue()).isEqualTo("I cannot go on with this.");
        assertThat(answer.at("/findings/0/category").stringValue()).isEqualTo("S9");
        assertThat(answer.at("/findings/0/policy_rule").stringValue()).isEqualTo("S9");
        assertThat(answer.at("/findings/1/action").stringValue()).isEqualTo("flag");
        assertThat(answer.at("/policy/digest").stringValue()).startsWith("sha256:");

        JsonNode conversation = post(
                        API,
                        "/v1/guard/checks",
                        "{\"messages\": [{\"role\": \"user\", \"content\": \"hi\"}, {\"role\": \"assistant\","
                                + " \"content\": \"calm\"}]}")
                .json();
        assertThat(conversation.get("stage").stringValue()).isEqualTo("answer");
        assertThat(conversation.get("action").stringValue()).isEqualTo("allow");
        assertThat(conversation.get("text").stringValue()).isEqualTo("calm");

        for (String wrong :
                List.of("{}", "{\"text\": \"a\", \"stage\": \"b\"}", "{\"text\": \"a\", \"messages\": []}")) {
            assertThat(post(API, "/v1/guard/checks", wrong).status()).isEqualTo(400);
        }
    }

    @Test
    void thePolicyTellsOfItself() {
        JsonNode policy =
                RecordedExchange.send(API, "GET", "/v1/guard/policy", "").json();
        assertThat(policy.get("name").stringValue()).isEqualTo("test");
        assertThat(policy.at("/stages/answer/S9/do").stringValue()).isEqualTo("block");
    }
}

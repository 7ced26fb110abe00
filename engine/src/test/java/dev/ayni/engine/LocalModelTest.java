package dev.ayni.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.ChatSink;
import dev.ayni.chat.Limits;
import dev.ayni.chat.Message;
import dev.ayni.chat.Sampling;
import dev.ayni.chat.Sampling.Beams;
import dev.ayni.chat.Sampling.Guidance;
import dev.ayni.chat.Scheduling;
import dev.ayni.chat.Shape;
import dev.ayni.chat.TextRequest;
import dev.ayni.chat.Tools;
import dev.ayni.engine.generation.Capacity;
import dev.ayni.engine.generation.PromptException;
import dev.ayni.engine.models.CacheType;
import dev.ayni.engine.models.Run;
import dev.ayni.engine.models.TinyLlama;
import dev.ayni.template.ChatTemplate;
import dev.ayni.tensor.DType;
import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LocalModelTest {
    private static final String TEMPLATE = "{% for m in messages %}{{ m.content }}<|end|>{% endfor %}>";
    private static final EngineOptions PORTABLE =
            new EngineOptions("portable", 1, 0, EngineOptions.LOOKUP, CacheType.AUTO, line -> {});

    @TempDir
    Path folder;

    private LocalModel instruct() throws IOException {
        return LocalModel.open(
                TinyLlama.withVocabulary(DType.Q8_0)
                        .put("tokenizer.chat_template", TEMPLATE)
                        .write(folder.resolve("instruct.gguf")),
                PORTABLE);
    }

    private static String text(List<ChatEvent> events) {
        return events.stream()
                .map(event -> event instanceof ChatEvent.Text(String delta) ? delta : "")
                .collect(Collectors.joining());
    }

    private static ChatRequest request(Limits limits) {
        return ChatRequest.of("Hi").with(Sampling.DEFAULT.withSeed(3)).with(limits);
    }

    @Test
    void anAnswerStreamsAndEndsWithItsReasonAndUsage() throws IOException {
        try (LocalModel model = instruct()) {
            List<ChatEvent> events = new ArrayList<>();
            model.chat(request(new Limits(12, List.of(), true)), events::add);
            assertThat(text(events)).isNotEmpty();
            ChatEvent.Finished finished = (ChatEvent.Finished) events.getLast();
            assertThat(finished.reason()).isEqualTo(Reason.LENGTH);
            assertThat(finished.usage().promptTokens()).isEqualTo(4); // H i <|end|> >
            assertThat(finished.usage().answerTokens()).isEqualTo(12);
        }
    }

    @Test
    void severalAnswersToOneRequestDifferAndTheFirstIsTheOnlyOnes() throws IOException {
        try (LocalModel model = instruct()) {
            ChatRequest request = request(new Limits(12, List.of(), true));
            List<ChatEvent> alone = new ArrayList<>();
            model.chat(request, alone::add);
            List<List<ChatEvent>> answers = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
            model.chat(
                    request,
                    answers.stream().<ChatSink>map(events -> events::add).toList());
            assertThat(text(answers.getFirst())).isEqualTo(text(alone));
            assertThat(answers.stream().map(LocalModelTest::text)).doesNotHaveDuplicates();
            assertThat(answers)
                    .allSatisfy(events -> assertThat(events.getLast())
                            .isInstanceOfSatisfying(
                                    ChatEvent.Finished.class,
                                    finished -> assertThat(finished.usage().answerTokens())
                                            .isEqualTo(12)));
        }
    }

    @Test
    void aReaderThatFailsFailsTheRequestAndNoOtherAnswerIsLost() throws IOException {
        try (LocalModel model = instruct()) {
            List<ChatEvent> events = new ArrayList<>();
            ChatSink failing = event -> {
                throw new IllegalStateException("gone");
            };
            assertThatThrownBy(() -> model.chat(request(Limits.tokens(5)), List.of(events::add, failing)))
                    .hasMessage("gone");
            assertThat(events.getLast()).isInstanceOf(ChatEvent.Finished.class);
        }
    }

    @Test
    void aStopStringEndsTheAnswerBeforeItAppears() throws IOException {
        try (LocalModel model = instruct()) {
            List<ChatEvent> free = new ArrayList<>();
            model.chat(request(new Limits(12, List.of(), true)), free::add);
            String stop = text(free).substring(3, 5);
            List<ChatEvent> stopped = new ArrayList<>();
            model.chat(request(new Limits(12, List.of(stop), true)), stopped::add);
            assertThat(text(stopped))
                    .isEqualTo(text(free).substring(0, text(free).indexOf(stop)));
            assertThat(((ChatEvent.Finished) stopped.getLast()).reason()).isEqualTo(Reason.STOP);
            assertThat(((ChatEvent.Finished) stopped.getLast()).stop()).isNotEmpty();
        }
    }

    @Test
    void aReaderWhoLeavesStopsGeneration() throws IOException {
        try (LocalModel model = instruct()) {
            List<ChatEvent> events = new ArrayList<>();
            model.chat(request(new Limits(50, List.of(), true)), event -> {
                events.add(event);
                return events.size() < 3;
            });
            assertThat(((ChatEvent.Finished) events.getLast()).reason()).isEqualTo(Reason.CANCELLED);
            assertThat(events).hasSizeLessThan(6);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "no_vocab"})
    void aFileThatSaysThatItHasNoTokenizerStillComputes(String kind) throws IOException {
        Path file = TinyLlama.of(DType.F32).put("tokenizer.ggml.model", kind).write(folder.resolve("ids.gguf"));
        try (LocalModel model = LocalModel.open(file, PORTABLE)) {
            assertThat(model.spec().vocabulary()).isEqualTo(TinyLlama.VOCABULARY);
        }
    }

    @Test
    void aBaseModelContinuesTextAndSaysThatItCannotConverse() throws IOException {
        Path file = TinyLlama.withVocabulary(DType.Q8_0).write(folder.resolve("base.gguf"));
        try (LocalModel model = LocalModel.open(file, PORTABLE)) {
            assertThatThrownBy(() -> model.chat(ChatRequest.of("Hi"), event -> true))
                    .isInstanceOf(NoChatTemplateException.class)
                    .hasMessageContaining("base model");
            List<ChatEvent> events = new ArrayList<>();
            model.complete(new TextRequest("Hi", Sampling.GREEDY, new Limits(5, List.of(), true), -1), events::add);
            assertThat(text(events)).isNotEmpty();
        }
    }

    @Test
    void anAnswerOfAShapeIsTheSameWithLogProbabilitiesThoughForcedTokensNeedPassesThen() throws IOException {
        try (LocalModel model = instruct()) {
            Shape shape = new Shape.Regex("begin:[a-f]{3,9};end");
            ChatRequest request = request(Limits.NONE).with(shape);
            List<ChatEvent> events = new ArrayList<>();
            model.chat(request, events::add);
            List<ChatEvent> logged = new ArrayList<>();
            model.chat(
                    new ChatRequest(request.messages(), request.sampling(), request.limits(), 2).with(shape),
                    logged::add);
            assertThat(text(events)).matches("begin:[a-f]{3,9};end").isEqualTo(text(logged));
            ChatEvent.Finished finished = (ChatEvent.Finished) events.getLast();
            assertThat(finished.reason()).isEqualTo(Reason.END);
            assertThat(logged.stream().filter(ChatEvent.LogProbability.class::isInstance))
                    .hasSize(finished.usage().answerTokens());
        }
    }

    @Test
    void aLimitClosesAShapeInTimeAndOneThatIsTooSmallIsSaid() throws IOException {
        try (LocalModel model = instruct()) {
            for (int limit = 2; limit < 20; limit++) {
                List<ChatEvent> events = new ArrayList<>();
                model.chat(request(Limits.tokens(limit)).with(new Shape.Regex("\\[[a-z]*]")), events::add);
                assertThat(text(events)).matches("\\[[a-z]*]");
                assertThat(((ChatEvent.Finished) events.getLast()).reason()).isEqualTo(Reason.END);
            }
            List<ChatEvent> broken = new ArrayList<>();
            model.chat(request(Limits.tokens(3)).with(new Shape.Regex("[a-z]{20}")), broken::add);
            assertThat(text(broken)).hasSize(3);
            assertThat(((ChatEvent.Finished) broken.getLast()).reason()).isEqualTo(Reason.LENGTH);
        }
    }

    @Test
    void aTextThatNoContextHoldsIsRefusedBeforeItIsCutIntoTokens() throws IOException {
        String text = "ab ".repeat(100_000);
        try (LocalModel model = instruct()) {
            for (ThrowingCallable asking : List.<ThrowingCallable>of(
                    () -> model.chat(ChatRequest.of(text), event -> true),
                    () -> model.complete(new TextRequest(text, Sampling.GREEDY, Limits.tokens(1), -1), event -> true),
                    () -> model.embed(List.of(text)),
                    () -> model.promptIds(ChatRequest.of(text)))) {
                assertThatThrownBy(asking)
                        .isInstanceOf(PromptException.class)
                        .hasMessageContaining("characters, and the context of")
                        .hasMessageContaining("holds no more than");
            }
        }
    }

    @Test
    void beamsFindTheMostProbableOfAllTextsOfAShape() throws IOException {
        try (LocalModel model = instruct()) {
            int[] prompt = new ChatPrompt(TEMPLATE, ChatTemplate.parse(TEMPLATE), model.tokenizer())
                    .write(List.of(Message.user("Hi")), Tools.NONE, "", LocalDateTime.now())
                    .ids();
            Map<Double, String> byProbability = new TreeMap<>(Comparator.reverseOrder());
            for (String text :
                    "aaa aab aac aba abb abc aca acb acc baa bab bac bba bbb bbc bca bcb bcc caa cab cac cba cbb cbc cca ccb ccc"
                            .split(" ")) {
                byProbability.put(logProbability(model, prompt, text), text);
            }
            List<List<ChatEvent>> answers = new ArrayList<>();
            List<ChatSink> sinks = new ArrayList<>();
            for (int i = 0; i < 28; i++) { // one more than there are texts
                List<ChatEvent> events = new ArrayList<>();
                answers.add(events);
                sinks.add(events::add);
            }
            model.chat(search(28, Limits.NONE).with(new Shape.Regex("[abc]{3}")), sinks);
            assertThat(answers.stream().limit(27).map(LocalModelTest::text))
                    .containsExactlyElementsOf(byProbability.values());
            assertThat(text(answers.getLast())).isEmpty();
            assertThat(answers).allMatch(events -> ((ChatEvent.Finished) events.getLast()).reason() == Reason.END);
        }
    }

    private static ChatRequest search(int width, Limits limits) {
        return ChatRequest.of("Hi")
                .with(Sampling.plain().beams(new Beams(width, 1, false)).build())
                .with(limits);
    }

    private static double logProbability(LocalModel model, int[] prompt, String text) {
        int[] all = IntStream.concat(
                        Arrays.stream(prompt), Arrays.stream(model.tokenizer().encode(text, false)))
                .toArray();
        float[][] rows = model.model()
                .forward(List.of(new Run(all, model.model().newCache(), Run.Wanted.ALL)))
                .getFirst();
        double sum = 0;
        for (int at = prompt.length; at < all.length; at++) {
            double total = 0;
            for (float logit : rows[at - 1]) {
                total += Math.exp(logit);
            }
            sum += rows[at - 1][all[at]] - Math.log(total);
        }
        return sum;
    }

    @Test
    void aStopStringEndsABeamAndSearchesAreTheSameEachTime() throws IOException {
        try (LocalModel model = instruct()) {
            List<ChatEvent> free = new ArrayList<>();
            model.chat(search(4, new Limits(9, List.of(), true)), free::add);
            List<ChatEvent> again = new ArrayList<>();
            model.chat(search(4, new Limits(9, List.of(), true)), again::add);
            assertThat(text(again)).isEqualTo(text(free)).isNotEmpty();
            String stop = text(free).substring(1, 3);
            List<ChatEvent> stopped = new ArrayList<>();
            model.chat(search(4, new Limits(9, List.of(stop), true)), stopped::add);
            assertThat(text(stopped)).doesNotContain(stop);
            assertThatThrownBy(() -> model.chat(search(1, Limits.tokens(3)), List.of(free::add, free::add)))
                    .hasMessageContaining("2 answers")
                    .hasMessageContaining("more beams");
        }
    }

    @Test
    void aReaderWhoLeavesStopsASearch() throws IOException {
        try (LocalModel model = instruct()) {
            List<ChatEvent> events = new ArrayList<>();
            model.chat(search(4, new Limits(500, List.of(), true)), event -> {
                events.add(event);
                return events.size() < 3;
            });
            assertThat(((ChatEvent.Finished) events.getLast()).reason()).isEqualTo(Reason.CANCELLED);
            assertThat(events).hasSizeLessThan(6);
        }
    }

    @Test
    void guidanceLeadsAwayFromAnotherSystemMessageAndKeepsToAShape() throws IOException {
        try (LocalModel model = instruct()) {
            ChatRequest request = request(Limits.tokens(30)).with(List.of(Message.system("A"), Message.user("Hi")));
            Sampling led =
                    request.sampling().but().guidance(new Guidance(2.5, "Bcd")).build();
            List<ChatEvent> free = new ArrayList<>();
            model.chat(request, free::add);
            List<ChatEvent> away = new ArrayList<>();
            model.chat(request.with(led), away::add);
            assertThat(text(away)).isNotEqualTo(text(free));
            List<ChatEvent> shaped = new ArrayList<>();
            model.chat(request.with(led).with(new Shape.Regex("x[a-f]{3,9}y")), shaped::add);
            assertThat(text(shaped)).matches("x[a-f]{3,9}y");
            List<ChatEvent> continued = new ArrayList<>();
            model.complete(new TextRequest("Hi", led, Limits.tokens(5), -1), continued::add);
            assertThat(text(continued)).isNotEmpty();
        }
    }

    @Test
    void answersInShapesAreTheSameBesideOthersWithLittleMemory() throws Exception {
        List<ChatRequest> requests = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            ChatRequest request = ChatRequest.of("Hello ".repeat(20 + 8 * i))
                    .with(Sampling.DEFAULT.withSeed(i))
                    .with(Limits.tokens(40));
            requests.add(
                    switch (i % 3) {
                        case 0 -> request.with(new Shape.Regex("begin:[a-f]{3,30};end"));
                        case 1 ->
                            request.with(
                                    new Shape.JsonSchema("{\"type\": \"array\", \"items\": {\"type\": \"integer\"}}"));
                        default -> request;
                    });
        }
        List<String> alone = new ArrayList<>();
        for (ChatRequest request : requests) {
            try (LocalModel model = instruct()) {
                alone.add(answer(model, request));
            }
        }
        long twoPages;
        try (LocalModel model = instruct()) {
            twoPages = 2 * model.model().pages().bytesPerPage();
        }
        try (LocalModel model = LocalModel.open(
                        folder.resolve("instruct.gguf"), PORTABLE.with(Capacity.USUAL.withCacheBytes(twoPages)));
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> together = requests.stream()
                    .map(request -> threads.submit(() -> answer(model, request)))
                    .toList();
            for (int i = 0; i < alone.size(); i++) {
                assertThat(together.get(i).get()).isEqualTo(alone.get(i));
            }
        }
    }

    private static String answer(LocalModel model, ChatRequest request) {
        List<ChatEvent> events = new ArrayList<>();
        model.chat(request, events::add);
        return text(events) + ((ChatEvent.Finished) events.getLast()).reason();
    }

    @Test
    void aTextsOwnProbabilitiesComeFirstAndMayBeAll() throws IOException {
        try (LocalModel model = instruct()) {
            TextRequest plain = TextRequest.of("Hello");
            List<ChatEvent> events = new ArrayList<>();
            model.complete(
                    new TextRequest(
                            plain.prompt(), plain.sampling(), Limits.tokens(0), 3, true, null, plain.scheduling()),
                    events::add);
            assertThat(events).hasSize(6);
            assertThat(events.subList(0, 5))
                    .allSatisfy(event -> assertThat(event).isInstanceOf(ChatEvent.PromptToken.class));
            assertThat(events.stream()
                            .limit(5)
                            .map(event ->
                                    ((ChatEvent.PromptToken) event).token().text())
                            .collect(Collectors.joining()))
                    .isEqualTo("Hello");
            ChatEvent.PromptToken first = (ChatEvent.PromptToken) events.getFirst();
            assertThat(first.token().logProbability()).isNaN();
            ChatEvent.PromptToken second = (ChatEvent.PromptToken) events.get(1);
            assertThat(second.token().logProbability()).isNegative();
            assertThat(second.alternatives()).hasSize(3);
            ChatEvent.Finished finished = (ChatEvent.Finished) events.getLast();
            assertThat(finished.reason()).isEqualTo(Reason.LENGTH);
            assertThat(finished.usage().answerTokens()).isZero();
        }
    }

    @Test
    void aDeadlineEndsAnAnswerWithItsReason() throws IOException {
        try (LocalModel model = instruct()) {
            Scheduling late = new Scheduling("", 0, OptionalLong.of(System.nanoTime()), true);
            List<ChatEvent> events = new ArrayList<>();
            model.chat(request(Limits.NONE).with(late), events::add);
            assertThat(((ChatEvent.Finished) events.getLast()).reason()).isEqualTo(Reason.DEADLINE);
            List<ChatEvent> searched = new ArrayList<>();
            model.chat(search(3, Limits.NONE).with(late), searched::add);
            assertThat(((ChatEvent.Finished) searched.getLast()).reason()).isEqualTo(Reason.DEADLINE);
        }
    }

    @Test
    void templateArgumentsAreVariablesOfTheTemplateAndNothingElse() throws IOException {
        try (LocalModel model = LocalModel.open(
                TinyLlama.withVocabulary(DType.Q8_0)
                        .put(
                                "tokenizer.chat_template",
                                "{{ messages[0].content }}{% if think %}T{{ think.how }}{% endif %}<|end|>")
                        .write(folder.resolve("arguments.gguf")),
                PORTABLE)) {
            ChatRequest request = ChatRequest.of("Hi").with(Limits.tokens(1));
            assertThat(model.promptText(request)).isEqualTo("Hi<|end|>");
            ChatRequest thinking = request.withTemplateArguments("{\"think\": {\"how\": \"<|end|>\"}, \"other\": [1]}");
            assertThat(model.promptText(thinking)).isEqualTo("HiT<|end|><|end|>");
            int end = 0;
            assertThat(model.promptIds(thinking)).containsOnlyOnce(end).hasSize(2 + 1 + "<|end|>".length() + 1);
            assertThat(model.promptTokens(thinking)).isEqualTo(11);
            for (String name : List.of("messages", "tools", "add_generation_prompt", "eos_token")) {
                assertThatThrownBy(() -> model.chat(
                                request.withTemplateArguments("{\"%s\": true}".formatted(name)), event -> true))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("'" + name + "'");
            }
            for (String wrong : List.of("[1]", "\"think\"", "{", "think", "null")) {
                assertThatThrownBy(() -> model.promptText(request.withTemplateArguments(wrong)))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageStartingWith("The template arguments are not");
            }
        }
    }

    @Test
    void theTokensOfAPromptAreWhatAnAnswerCounts() throws IOException {
        try (LocalModel model = instruct()) {
            List<ChatEvent> events = new ArrayList<>();
            model.chat(request(Limits.tokens(1)), events::add);
            assertThat(((ChatEvent.Finished) events.getLast()).usage().promptTokens())
                    .isEqualTo(model.promptTokens(request(Limits.NONE)));
            assertThat(model.tokenizer().decode(model.promptIds(TextRequest.of("Hello"))))
                    .isEqualTo("Hello");
        }
    }

    @Test
    void aSpecialTokenThatAUserWritesStaysText() throws IOException {
        try (LocalModel model = instruct()) {
            ChatPrompt prompt = new ChatPrompt(TEMPLATE, ChatTemplate.parse(TEMPLATE), model.tokenizer());
            int end = 0;
            int[] ids = prompt.write(List.of(Message.user("a<|end|>b")), Tools.NONE, "", LocalDateTime.now())
                    .ids();
            assertThat(ids).containsOnlyOnce(end);
            assertThat(ids[ids.length - 2]).isEqualTo(end);
            int[] letters = java.util.Arrays.copyOf(ids, ids.length - 2);
            assertThat(model.tokenizer().decode(letters)).isEqualTo("a<|end|>b");
        }
    }
}

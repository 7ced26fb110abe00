package dev.ayni.server.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.chat.ChatEvent.Text;
import dev.ayni.chat.Message;
import dev.ayni.server.access.Caller;
import dev.ayni.server.access.MovedClock;
import dev.ayni.server.access.Role;
import dev.ayni.server.access.StoreKind;
import dev.ayni.server.http.RecordedExchange;
import dev.ayni.server.models.ScriptedModel;
import dev.ayni.server.openai.ResponseStore.Kind;
import dev.ayni.store.Store;
import dev.ayni.store.StoreAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** Answers and conversations that are kept: the same in memory, in SQLite and in PostgreSQL, as far as it can be. */
@Timeout(60)
class ResponseStoreTest {
    private static final Duration MONTH = Duration.ofDays(30);

    @TempDir
    private Path folder;

    private final MovedClock clock = new MovedClock("2026-11-28T06:00:00Z");

    enum Place {
        MEMORY,
        SQLITE,
        POSTGRES
    }

    /** What a test does with a store. */
    private interface Using {
        void in(ResponseStore store) throws Exception;
    }

    private void with(Place place, Using using) throws Exception {
        if (place == Place.MEMORY) {
            using.in(ResponseStore.inMemory());
            return;
        }
        try (Store database = open(StoreKind.valueOf(place.name()).fresh(folder))) {
            using.in(ResponseStore.in(database, MONTH, clock));
        }
    }

    private static Store open(StoreAddress address) {
        return Store.open(address, ResponseTables.SCHEMA);
    }

    @ParameterizedTest
    @EnumSource
    void whatIsKeptIsItsOwnersAlone(Place place) throws Exception {
        with(place, store -> {
            store.add(Kind.RESPONSE, "ana", "resp_1", "{\"a\":\"\ud83e\udd99 \\u0000\"}");
            assertThat(store.get(Kind.RESPONSE, "ana", "resp_1")).hasValue("{\"a\":\"\ud83e\udd99 \\u0000\"}");
            assertThat(store.get(Kind.RESPONSE, "eve", "resp_1")).isEmpty();
            assertThat(store.get(Kind.CONVERSATION, "ana", "resp_1")).isEmpty();
            assertThat(store.change(Kind.RESPONSE, "eve", "resp_1", json -> "stolen"))
                    .isEmpty();
            assertThat(store.wanted("eve", "resp_1")).isFalse();
            store.askToStop("eve", "resp_1");
            store.end("eve", "resp_1", "stolen");
            assertThat(store.wanted("ana", "resp_1")).isTrue();
            assertThat(store.delete(Kind.RESPONSE, "eve", "resp_1")).isFalse();
            assertThat(store.delete(Kind.RESPONSE, "ana", "resp_1")).isTrue();
            assertThat(store.delete(Kind.RESPONSE, "ana", "resp_1")).isFalse();
            assertThat(store.get(Kind.RESPONSE, "ana", "resp_1")).isEmpty();
        });
    }

    @ParameterizedTest
    @EnumSource
    void changesAtTheSameTimeAllCount(Place place) throws Exception {
        with(place, store -> {
            store.add(Kind.CONVERSATION, "ana", "conv_1", "");
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                threads.add(Thread.ofPlatform().start(() -> {
                    for (int j = 0; j < 5; j++) {
                        store.change(Kind.CONVERSATION, "ana", "conv_1", json -> json + "x");
                    }
                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(store.get(Kind.CONVERSATION, "ana", "conv_1")).hasValue("x".repeat(40));
            assertThatThrownBy(() -> store.change(Kind.CONVERSATION, "ana", "conv_1", json -> {
                        throw new IllegalStateException("no");
                    }))
                    .hasMessage("no");
            assertThat(store.get(Kind.CONVERSATION, "ana", "conv_1")).hasValue("x".repeat(40));
        });
    }

    @ParameterizedTest
    @EnumSource
    void anAnswerThatIsBegunEndsOnceAndStaysDeletedIfItWas(Place place) throws Exception {
        with(place, store -> {
            store.begin("ana", "resp_1", "begun");
            store.askToStop("ana", "resp_1");
            assertThat(store.wanted("ana", "resp_1")).isFalse();
            store.endAbandoned(id -> true, json -> "failed");
            assertThat(store.get(Kind.RESPONSE, "ana", "resp_1")).hasValue("begun");
            store.end("ana", "resp_1", "ended");
            store.endAbandoned(id -> false, json -> "failed");
            assertThat(store.get(Kind.RESPONSE, "ana", "resp_1")).hasValue("ended");
            store.begin("ana", "resp_2", "begun");
            store.delete(Kind.RESPONSE, "ana", "resp_2");
            assertThat(store.wanted("ana", "resp_2")).isFalse();
            store.end("ana", "resp_2", "ended");
            assertThat(store.get(Kind.RESPONSE, "ana", "resp_2")).isEmpty();
            store.begin("ana", "resp_3", "begun");
            store.endAbandoned(id -> false, json -> json + " and failed");
            assertThat(store.get(Kind.RESPONSE, "ana", "resp_3")).hasValue("begun and failed");
        });
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void whatNobodyUsedForAMonthIsForgotten(StoreKind kind) throws Exception {
        StoreAddress address = kind.fresh(folder);
        try (Store database = open(address)) {
            ResponseStore store = ResponseStore.in(database, MONTH, clock);
            store.add(Kind.RESPONSE, "ana", "resp_old", "{}");
            store.add(Kind.CONVERSATION, "ana", "conv_used", "{}");
            clock.move(Duration.ofDays(20));
            assertThat(store.get(Kind.CONVERSATION, "ana", "conv_used")).isPresent();
            clock.move(Duration.ofDays(10).plusMillis(1));
            assertThat(store.get(Kind.RESPONSE, "ana", "resp_old")).isEmpty();
            assertThat(store.delete(Kind.RESPONSE, "ana", "resp_old")).isFalse();
            store.forgetOld();
            assertThat(ids(database)).containsExactly("conv_used");
            ResponseStore forGood = ResponseStore.in(database, Duration.ofSeconds(-1), clock);
            clock.move(Duration.ofDays(400));
            forGood.forgetOld();
            assertThat(forGood.get(Kind.CONVERSATION, "ana", "conv_used")).isPresent();
            store.forgetOld();
            assertThat(ids(database)).isEmpty();
        }
    }

    private static List<String> ids(Store database) {
        return database.read(
                transaction -> transaction.list("select id from kept_document order by id", row -> row.text("id")));
    }

    private final ScriptedModel model = new ScriptedModel("tiny", new Text("Hi"), ScriptedModel.end(Reason.STOP, 1));

    private OpenAiApi server(Store database) {
        return new OpenAiApi(model, ResponseStore.in(database, MONTH, clock));
    }

    private static JsonNode ask(OpenAiApi api, String fields) {
        return RecordedExchange.send(api, "POST", "/v1/responses", "{\"model\": \"tiny\", " + fields + "}")
                .json();
    }

    private static String id(JsonNode made) {
        return made.get("id").stringValue();
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void aRestartedServerGoesOnFromWhatWasSaid(StoreKind kind) throws Exception {
        StoreAddress address = kind.fresh(folder);
        String response;
        String conversation;
        try (Store database = open(address)) {
            OpenAiApi api = server(database);
            response = id(ask(api, "\"input\": \"One\""));
            conversation = id(RecordedExchange.send(api, "POST", "/v1/conversations", "{}")
                    .json());
            ask(api, "\"input\": \"Two\", \"conversation\": \"" + conversation + "\"");
        }
        try (Store database = open(address)) {
            OpenAiApi api = server(database);
            ask(api, "\"input\": \"More\", \"previous_response_id\": \"" + response + "\"");
            assertThat(model.chats().getLast().messages())
                    .containsExactly(Message.user("One"), Message.assistant("Hi", List.of()), Message.user("More"));
            ask(api, "\"input\": \"More\", \"conversation\": \"" + conversation + "\"");
            assertThat(model.chats().getLast().messages())
                    .containsExactly(Message.user("Two"), Message.assistant("Hi", List.of()), Message.user("More"));
        }
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void whereNothingIsToBeKeptNothingIs(StoreKind kind) throws Exception {
        try (Store database = open(kind.fresh(folder))) {
            OpenAiApi api = server(database);
            String conversation = id(RecordedExchange.send(
                            api,
                            "POST",
                            "/v1/conversations",
                            "{\"items\": [{\"role\": \"user\", \"content\": \"One\"}]}")
                    .json());
            ask(api, "\"store\": false, \"input\": \"Two\", \"conversation\": \"" + conversation + "\"");
            ask(api, "\"store\": false, \"input\": \"Three\", \"stream\": false");
            assertThat(model.chats().getFirst().messages()).containsExactly(Message.user("One"), Message.user("Two"));
            assertThat(ids(database)).containsExactly(conversation);
            assertThat(database.<String>read(transaction -> transaction
                            .first("select json from kept_document", row -> row.text("json"))
                            .orElseThrow()))
                    .contains("One")
                    .doesNotContain("Two", "Hi");
        }
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void nobodySeesReadsContinuesOrDeletesWhatIsAnothers(StoreKind kind) throws Exception {
        try (Store database = open(kind.fresh(folder))) {
            OpenAiApi api = server(database);
            String response = id(ask(api, "\"input\": \"One\""));
            String conversation = id(RecordedExchange.send(api, "POST", "/v1/conversations", "{}")
                    .json());
            Caller eve = new Caller("eve", "key_eve", Set.of(Role.ADMIN), 0);
            for (String path : List.of(
                    "GET /v1/responses/" + response,
                    "DELETE /v1/responses/" + response,
                    "POST /v1/responses/" + response + "/cancel",
                    "GET /v1/responses/" + response + "/input_items",
                    "GET /v1/conversations/" + conversation,
                    "POST /v1/conversations/" + conversation,
                    "DELETE /v1/conversations/" + conversation,
                    "GET /v1/conversations/" + conversation + "/items",
                    "POST /v1/conversations/" + conversation + "/items")) {
                String[] words = path.split(" ");
                RecordedExchange tried = new RecordedExchange(words[0], words[1], "{\"items\": []}").by(eve);
                if (path.equals("POST /v1/conversations/" + conversation)) {
                    tried = new RecordedExchange(words[0], words[1], "{\"metadata\": {}}").by(eve);
                }
                assertThat(tried.to(api).status()).as(path).isEqualTo(404);
            }
            for (String field : List.of(
                    "\"previous_response_id\": \"" + response + "\"", "\"conversation\": \"" + conversation + "\"")) {
                RecordedExchange tried = new RecordedExchange(
                                "POST", "/v1/responses", "{\"model\": \"tiny\", \"input\": \"x\", " + field + "}")
                        .by(eve);
                assertThat(tried.to(api).status()).as(field).isIn(400, 404);
            }
            assertThat(ids(database)).hasSize(2);
            assertThat(model.chats()).hasSize(1);
        }
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void anAnswerWhoseServerDiedHasFailedAndSaysSo(StoreKind kind) throws Exception {
        StoreAddress address = kind.fresh(folder);
        CountDownLatch never = new CountDownLatch(1);
        String id;
        try (Store database = open(address)) {
            model.first(() -> await(never));
            id = id(ask(server(database), "\"input\": \"x\", \"background\": true"));
            try (Store other = open(address)) {
                assertThat(get(server(other), id).get("status").stringValue()).isEqualTo("queued");
            }
        }
        try (Store database = open(address)) {
            JsonNode found = get(server(database), id);
            assertThat(found.get("status").stringValue()).isEqualTo("failed");
            assertThat(found.at("/error/code").stringValue()).isEqualTo("server_error");
            assertThat(found.at("/error/message").stringValue()).contains("The server stopped");
        } finally {
            never.countDown();
        }
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void anAnswerInTheBackgroundIsSeenAndStoppedThroughAnotherServer(StoreKind kind) throws Exception {
        StoreAddress address = kind.fresh(folder);
        CountDownLatch told = new CountDownLatch(1);
        ScriptedModel slow = new ScriptedModel(
                "tiny", new Text("a"), new Text("b"), new Text("c"), ScriptedModel.end(Reason.STOP, 3));
        slow.heard(event -> {
            if (event.equals(new Text("b"))) {
                await(told);
                pause(1100);
            }
        });
        try (Store database = open(address);
                Store elsewhere = open(address)) {
            OpenAiApi writing = new OpenAiApi(slow, ResponseStore.in(database, MONTH, clock));
            OpenAiApi other = server(elsewhere);
            String id = id(ask(writing, "\"input\": \"x\", \"background\": true"));
            while (!get(other, id).get("status").stringValue().equals("in_progress")) {
                pause(10);
            }
            Thread asking = Thread.ofPlatform().start(() -> {
                pause(100);
                told.countDown();
            });
            JsonNode stopped = RecordedExchange.send(other, "POST", "/v1/responses/" + id + "/cancel", "")
                    .json();
            asking.join();
            assertThat(stopped.get("status").stringValue()).isEqualTo("cancelled");
            assertThat(stopped.at("/output/0/content/0/text").stringValue()).doesNotContain("c");
        }
    }

    private static JsonNode get(OpenAiApi api, String id) {
        return RecordedExchange.send(api, "GET", "/v1/responses/" + id, "").json();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void pause(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

package dev.ayni.server.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.ReaderLeft;
import dev.ayni.server.http.RecordedExchange;
import dev.ayni.server.openai.BackgroundResponses.Running;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Places and memory for answers that nobody waits for are shared by all who want some. */
@Timeout(20)
class BackgroundResponsesTest {
    private static ObjectNode event(int number, int length) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("type", "response.output_text.delta")
                .put("sequence_number", number)
                .put("delta", "x".repeat(length));
    }

    private static RecordedExchange followed(Running running, int after) {
        RecordedExchange exchange = new RecordedExchange("GET", "/v1/responses/resp_1", "");
        running.follow(new ServerSentEvents(exchange), after);
        return exchange;
    }

    @Test
    void whoeverComesLaterStillFindsAPlace() {
        BackgroundResponses all = new BackgroundResponses(16, 1 << 20);
        List<Integer> places = new ArrayList<>();
        for (String owner : List.of("ana", "ben", "cleo", "dan")) {
            int got = 0;
            try {
                while (true) {
                    all.begin(owner, owner + got, 100);
                    got++;
                }
            } catch (ApiException e) {
                assertThat(e.status()).isEqualTo(429);
                assertThat(e.headers()).containsEntry("Retry-After", "5");
                assertThat(e).hasMessageContaining("%d of your responses are written in the background".formatted(got));
            }
            places.add(got);
        }
        assertThat(places).containsExactly(8, 4, 2, 1);

        all.find("ana", "ana0").orElseThrow().end();
        all.begin("dan", "another", 100);
    }

    @Test
    void nobodyFillsTheMemoryForRequestsAlone() {
        BackgroundResponses all = new BackgroundResponses(100, 1 << 20);
        for (int i = 0; i < 4; i++) {
            all.begin("ana", "a" + i, 4 << 20);
        }
        assertThatThrownBy(() -> all.begin("ana", "a4", 4 << 20))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("without 'background'");
        all.begin("ben", "b0", 4 << 20);
    }

    @Test
    void eventsOfEndedAnswersTakeNoMoreThanTheirRoomAndMostGoesFromWhoHasMost() {
        BackgroundResponses all = new BackgroundResponses(100, 1_000_000);
        Running small = all.begin("ben", "small", 100);
        small.accept(event(0, 1000));
        small.end();
        for (int i = 0; i < 40; i++) {
            Running running = all.begin("ana", "a" + i, 100);
            for (int j = 0; j < 30; j++) {
                running.accept(event(j, 1000));
            }
            running.end();
        }
        assertThat(all.keptBytes()).isLessThan(600_000);
        assertThat(all.find("ana", "a39")).isPresent();
        assertThat(all.find("ana", "a0")).isEmpty();
        assertThat(all.find("ben", "small")).isPresent();
    }

    @Test
    void anAnswerOfManyEventsKeepsTheLatest() {
        BackgroundResponses all = new BackgroundResponses(100, 1_000_000);
        Running running = all.begin("ana", "long", 100);
        for (int i = 0; i < 3000; i++) {
            running.accept(event(i, 1000));
        }
        running.end();
        assertThat(all.keptBytes()).isBetween(900_000L, 1_000_000L);
        int first = running.first();
        assertThat(first).isGreaterThan(2000);
        List<tools.jackson.databind.JsonNode> events =
                followed(running, first - 1).events();
        assertThat(events.getFirst().get("sequence_number").intValue()).isEqualTo(first);
        assertThat(events.getLast().get("sequence_number").intValue()).isEqualTo(2999);
        assertThatThrownBy(() -> followed(running, -1)).isInstanceOf(ReaderLeft.class);
    }

    @Test
    void whoeverHasMoreEventsThanThereAreWaitsAtRest() throws Exception {
        Running running = new BackgroundResponses().begin("ana", "a", 100);
        running.accept(event(0, 10));
        Thread reader = Thread.ofPlatform().start(() -> followed(running, 1000));
        TimeUnit.MILLISECONDS.sleep(200);
        Thread.State state = reader.getState();
        running.end();
        reader.join();
        assertThat(state).isEqualTo(Thread.State.TIMED_WAITING);
    }
}

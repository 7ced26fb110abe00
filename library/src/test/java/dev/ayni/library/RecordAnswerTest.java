package dev.ayni.library;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatModel;
import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.ChatSink;
import dev.ayni.chat.Shape;
import dev.ayni.chat.Usage;
import dev.ayni.engine.shape.Shapes;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RecordAnswerTest {
    enum Currency {
        EUR,
        PEN
    }

    record Line(String text, int quantity, BigDecimal price) {}

    record Invoice(
            String customer,
            LocalDate date,
            Currency currency,
            List<Line> lines,
            Optional<String> note,
            @Nullable UUID reference,
            boolean paid) {}

    record Tree(String name, List<Tree> children) {}

    record Everything(
            byte a,
            short b,
            long c,
            float d,
            Double e,
            char f,
            Set<Currency> g,
            Map<String, int[]> h,
            LocalDateTime i,
            OffsetDateTime j,
            List<Optional<Boolean>> k) {}

    record Strange(Thread thread) {}

    @Test
    void anAnswerIsReadIntoNestedRecords() {
        Scribe scribe = new Scribe("""
                {"customer": "Ana", "date": "2026-01-31", "currency": "PEN",
                 "lines": [{"text": "wool", "quantity": 2, "price": 12.50}], "note": null, "reference": null, "paid": true}""");

        Invoice invoice = OpenModel.ask(scribe, "Write an invoice.", Invoice.class);

        assertThat(invoice)
                .isEqualTo(new Invoice(
                        "Ana",
                        LocalDate.of(2026, 1, 31),
                        Currency.PEN,
                        List.of(new Line("wool", 2, new BigDecimal("12.50"))),
                        Optional.empty(),
                        null,
                        true));
        Shapes.check(scribe.asked());
        assertThat(scribe.asked().text()).contains("\"required\":[\"customer\",\"date\",\"currency\",\"lines\"");
    }

    @Test
    void aRecordMayHoldItself() {
        Scribe scribe = new Scribe("{\"name\":\"a\",\"children\":[{\"name\":\"b\",\"children\":[]}]}");

        Tree tree = OpenModel.ask(scribe, "Draw a tree.", Tree.class);

        assertThat(tree.children()).containsExactly(new Tree("b", List.of()));
        Shapes.check(scribe.asked());
    }

    @Test
    void numbersTextsCollectionsAndDatesHaveTheirForms() {
        Scribe scribe = new Scribe("""
                {"a":1,"b":2,"c":3,"d":4.5,"e":5.5,"f":"x","g":["EUR"],"h":{"one":[1]},
                 "i":"2026-01-31T10:00:00Z","j":"2026-01-31T10:00:00Z","k":[true,null]}""");

        Everything everything = OpenModel.ask(scribe, "Say everything.", Everything.class);

        assertThat(everything.i()).isEqualTo(LocalDateTime.of(2026, 1, 31, 10, 0));
        assertThat(everything.k()).containsExactly(Optional.of(true), Optional.empty());
        Shapes.check(scribe.asked());
    }

    @Test
    void aTypeWithoutAFormIsNamed() {
        assertThatThrownBy(() -> OpenModel.ask(new Scribe("{}"), "Spin.", Strange.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Strange.thread")
                .hasMessageContaining("java.lang.Thread");
        assertThatThrownBy(() -> OpenModel.ask(new Scribe("{}"), "Spin.", String.class))
                .hasMessageContaining("no record");
    }

    @Test
    void anAnswerThatBreaksOffIsALetter() {
        assertThatThrownBy(() -> OpenModel.ask(new Scribe("{\"name\":\"a\",\"chil"), "Draw.", Tree.class))
                .isInstanceOf(AnswerException.class)
                .hasMessageContaining("larger context");
    }

    /** Writes what it was told, whatever it is asked. */
    private static final class Scribe implements ChatModel {
        private final String answer;
        private @Nullable Shape asked;

        Scribe(String answer) {
            this.answer = answer;
        }

        Shape asked() {
            return java.util.Objects.requireNonNull(asked);
        }

        @Override
        public String name() {
            return "scribe";
        }

        @Override
        public void chat(ChatRequest request, ChatSink sink) {
            asked = request.shape();
            sink.accept(new ChatEvent.Text(answer));
            sink.accept(new ChatEvent.Finished(ChatEvent.Reason.END, new Usage(1, 0, 2, 64, 1, 1)));
        }
    }
}

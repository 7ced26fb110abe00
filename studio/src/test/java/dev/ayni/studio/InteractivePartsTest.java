package dev.ayni.studio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ayni.chat.ChatEvent.Finished;
import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.chat.Message;
import dev.ayni.chat.Usage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InteractivePartsTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void aConversationSurvivesSavingAndLoading() throws IOException {
        Conversation said = new Conversation();
        said.system("Be \"brief\".");
        said.add(Message.user("Grüße\n\tan alle"));
        said.add(Message.assistant("Hallo 🙂"));
        said.save(folder.resolve("c.json"), "tiny");

        Conversation read = new Conversation();
        read.add(Message.user("old"));
        read.load(folder.resolve("c.json"));

        assertThat(read.messages()).isEqualTo(said.messages());
    }

    @Test
    void aFileThatIsNoConversationLeavesTheOneThereIs() throws IOException {
        Conversation said = new Conversation();
        said.add(Message.user("kept"));
        for (String wrong : new String[] {"[1", "{}", "{\"messages\": [{\"role\": \"tool\", \"content\": \"x\"}]}"}) {
            Path file = Files.writeString(folder.resolve("wrong.json"), wrong);
            assertThatThrownBy(() -> said.load(file)).isInstanceOf(Letter.class).hasMessageContaining("wrong.json");
        }
        assertThat(said.messages()).containsExactly(Message.user("kept"));
    }

    @Test
    void onlyTheLastTurnOfThatSpeakerIsTakenBack() {
        Conversation said = new Conversation();
        said.add(Message.user("a"));
        assertThat(said.takeBack(Message.Role.ASSISTANT)).isFalse();
        assertThat(said.takeBack(Message.Role.USER)).isTrue();
        assertThat(said.messages()).isEmpty();
    }

    @Test
    void aMessageGoesOnAfterABackslashAndBetweenFences() {
        assertThat(ChatLine.isWhole("one \\")).isFalse();
        assertThat(ChatLine.isWhole("one \\\ntwo")).isTrue();
        assertThat(ChatLine.message("one \\\ntwo")).isEqualTo("one \ntwo");
        assertThat(ChatLine.isWhole("\"\"\"")).isFalse();
        assertThat(ChatLine.isWhole("\"\"\"\na\n\nb\n\"\"\"")).isTrue();
        assertThat(ChatLine.message("\"\"\"\na\n\nb\n\"\"\"")).isEqualTo("a\n\nb");
        assertThat(ChatLine.message("say \"hi\" \\o/")).isEqualTo("say \"hi\" \\o/");
    }

    @ParameterizedTest
    @CsvSource({"1", "3", "100"})
    void wordsAreNotBrokenHoweverTheyArrive(int piece) {
        String text = "The quick brown fox jumps over it";
        assertThat(wrapped(text, 10, piece)).isEqualTo("The quick\nbrown fox\njumps over\nit\n");
    }

    @ParameterizedTest
    @ValueSource(ints = {5, 6, 7, 8, 9, 10, 11, 12})
    void noSpaceBetweenWordsIsLostAtAnyWidth(int width) {
        String text = "it is a day of rain and so on";
        assertThat(wrapped(text, width, 2).strip().replace("\n", " ")).isEqualTo(text);
        assertThat(wrapped(text, width, 2).lines()).allMatch(line -> line.length() <= width);
        assertThat(wrapped("  in\n    deeper", 40, 3)).isEqualTo("  in\n    deeper\n");
    }

    @Test
    void whatIsTooLongForALineIsNotLost() {
        assertThat(wrapped("abcdefghijklmnop", 5, 1).replace("\n", "")).isEqualTo("abcdefghijklmnop");
        assertThat(wrapped("日本語日本語", 8, 1)).isEqualTo("日本語日\n本語\n");
    }

    @Test
    void aModelCannotSteerTheTerminal() {
        assertThat(wrapped("a\033[2Jb\u0007c\u009bd", 80, 1)).isEqualTo("a[2Jbcd\n");
    }

    @Test
    void theStatisticsSayHowAnAnswerEnded() {
        Usage usage = new Usage(90, 0, 11, 1000, 250_000_000L, 500_000_000L);
        assertThat(AnswerStatistics.of(new Finished(Reason.END, usage)))
                .isEqualTo("11 tokens, 20.0 tokens/s, first after 0.25 s, context 101 of 1000 (10 %)");
        assertThat(AnswerStatistics.of(new Finished(Reason.CANCELLED, usage))).endsWith("; stopped");
        assertThat(AnswerStatistics.of(new Finished(Reason.CONTEXT_FULL, usage)))
                .contains("context is full");
    }

    @ParameterizedTest
    @CsvSource({
        "999, 999 B",
        "98362432, 98 MB",
        "1055609536, 1.06 GB",
        "999999999, 1.00 GB",
        "25300000000, 25.3 GB",
        "141000, 141 kB"
    })
    void bytesAreReadable(long bytes, String text) {
        assertThat(Numbers.bytes(bytes)).isEqualTo(text);
    }

    private static String wrapped(String text, int width, int piece) {
        StringWriter out = new StringWriter();
        WrappedText wrapped = new WrappedText(new PrintWriter(out), width);
        for (int i = 0; i < text.length(); i += piece) {
            wrapped.write(text.substring(i, Math.min(text.length(), i + piece)));
        }
        wrapped.finish();
        return out.toString();
    }
}

package dev.ayni.library;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatModel;
import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.ChatSink;
import dev.ayni.chat.Message;
import dev.ayni.chat.Usage;
import dev.ayni.hub.HubException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AyniTest {
    @Test
    void anAnswerComesWholeAndInParts() {
        List<String> parts = new ArrayList<>();
        Parrot parrot = new Parrot();

        String answer = OpenModel.ask(parrot, "Polly?", parts::add);

        assertThat(answer).isEqualTo("Polly? Polly?");
        assertThat(parts).containsExactly("Polly?", " Polly?");
        assertThat(parrot.heard).containsExactly(Message.user("Polly?"));
    }

    @Test
    void aPathThatLeadsNowhereGetsALetter() {
        assertThatThrownBy(() -> Ayni.open("./no/such/model.gguf"))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("no/such/model.gguf")
                .hasMessageContaining("Check the path");
    }

    /** Says everything twice. */
    private static final class Parrot implements ChatModel {
        private List<Message> heard = List.of();

        @Override
        public String name() {
            return "parrot";
        }

        @Override
        public void chat(ChatRequest request, ChatSink sink) {
            heard = request.messages();
            sink.accept(new ChatEvent.Text(heard.getLast().content()));
            sink.accept(new ChatEvent.Working());
            sink.accept(new ChatEvent.Text(" " + heard.getLast().content()));
            sink.accept(new ChatEvent.Finished(ChatEvent.Reason.END, new Usage(1, 0, 2, 64, 1, 1)));
        }
    }
}

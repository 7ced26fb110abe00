package dev.ayni.server.anthropic;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatSink;
import dev.ayni.chat.ToolCall;
import dev.ayni.chat.Usage;
import dev.ayni.server.answers.LateStream;
import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.Exchange;
import dev.ayni.server.http.ReaderLeft;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * An answer on its way to one of Anthropic's clients: blocks of text, of thinking and of calls, one after another. A call is
 * sent when it is whole, since one that breaks off must not be run.
 */
final class MessageStream implements ChatSink {
    private static final String PING = "event: ping\ndata: {\"type\":\"ping\"}\n\n";

    private final LateStream stream;
    private final Exchange exchange;
    private final String model;
    private final int promptTokens;
    private boolean started;
    private int blocks;
    private String open = "";
    private ChatEvent.@Nullable Finished finished;

    MessageStream(LateStream stream, Exchange exchange, String model, int promptTokens) {
        this.stream = stream;
        this.exchange = exchange;
        this.model = model;
        this.promptTokens = promptTokens;
    }

    @Override
    public boolean accept(ChatEvent event) {
        try {
            switch (event) {
                case ChatEvent.Text(String delta) -> delta("text", "text", delta);
                case ChatEvent.Reasoning(String delta) -> delta("thinking", "thinking", delta);
                case ChatEvent.ToolCallFinished(ToolCall call) -> call(call);
                case ChatEvent.ToolCallBroken broken -> delta("text", "text", broken.text());
                case ChatEvent.Finished end -> finished = end;
                case ChatEvent.ToolCallStarted ignored -> alive();
                case ChatEvent.ToolCallArguments ignored -> alive();
                case ChatEvent.Working ignored -> alive();
                case ChatEvent.LogProbability ignored -> {}
                case ChatEvent.PromptToken ignored -> {}
                case ChatEvent.Blocked ignored -> {} // its end says so
            }
            return true;
        } catch (ReaderLeft e) {
            return false;
        }
    }

    private void alive() {
        start();
        stream.alive(PING);
    }

    private void start() {
        if (started) {
            return;
        }
        started = true;
        ObjectNode event = AnthropicApi.JSON.createObjectNode().put("type", "message_start");
        ObjectNode message = MessageJson.empty(exchange.id(), model);
        message.set("usage", MessageJson.usage(new Usage(promptTokens, 0, 0, 0, 0, 0)));
        event.set("message", message);
        send(event);
        stream.send(PING);
    }

    private void delta(String block, String field, String delta) {
        if (delta.isEmpty()) {
            return;
        }
        start();
        if (!open.equals(block)) {
            closeBlock();
            ObjectNode start = event("content_block_start");
            ObjectNode content =
                    start.putObject("content_block").put("type", block).put(field, "");
            if (block.equals("thinking")) {
                content.put("signature", "");
            }
            send(start);
            open = block;
        }
        ObjectNode more = event("content_block_delta");
        more.putObject("delta").put("type", block + "_delta").put(field, delta);
        send(more);
    }

    private void call(ToolCall call) {
        start();
        closeBlock();
        ObjectNode start = event("content_block_start");
        MessageJson.toolUse(call, start.putObject("content_block")).putObject("input");
        send(start);
        open = "tool_use";
        ObjectNode input = event("content_block_delta");
        input.putObject("delta").put("type", "input_json_delta").put("partial_json", call.arguments());
        send(input);
        closeBlock();
    }

    private void closeBlock() {
        if (!open.isEmpty()) {
            send(event("content_block_stop"));
            blocks++;
            open = "";
        }
    }

    /** Ends the message, after the model has. */
    void end(boolean called) {
        ChatEvent.Finished end = Objects.requireNonNull(finished);
        exchange.used(model, end.usage());
        ObjectNode event = AnthropicApi.JSON.createObjectNode().put("type", "message_delta");
        MessageJson.end(event.putObject("delta"), end, called);
        event.set("usage", MessageJson.usage(end.usage()));
        start();
        closeBlock();
        send(event);
        send(AnthropicApi.JSON.createObjectNode().put("type", "message_stop"));
    }

    /** Tells within the stream that no more will come. */
    void broken(ApiException error) {
        try {
            send(AnthropicApi.error(error, exchange.id()));
        } catch (ReaderLeft e) {
            // nobody is left to tell
        }
    }

    private ObjectNode event(String type) {
        return AnthropicApi.JSON.createObjectNode().put("type", type).put("index", blocks);
    }

    private void send(ObjectNode event) {
        stream.event(event.get("type").stringValue(), event.toString());
    }
}

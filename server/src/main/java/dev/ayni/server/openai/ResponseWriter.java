package dev.ayni.server.openai;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatEvent.LogProbability;
import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.chat.ChatSink;
import dev.ayni.chat.ToolCall;
import dev.ayni.server.http.ApiException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes an answer of a model as a response: a list of items, of which one at a time is being written, and an event for
 * everything that happens to them.
 */
final class ResponseWriter implements ChatSink {
    /** Takes the events; may let them fall. */
    interface Reader {
        /** False: nobody wants any more. */
        boolean accept(ObjectNode event);

        /** Nothing to show yet; false: nobody wants any more. */
        boolean working();
    }

    private final ObjectNode response;
    private final ArrayNode output;
    private final Reader reader;
    private final Took took = new Took();
    private final List<LogProbability> untold = new ArrayList<>();
    private final StringBuilder reasoning = new StringBuilder();
    private @Nullable Item open;
    private int sequence;
    private boolean queued;
    private boolean begun;

    /** @param response the body without its output, which is filled here */
    ResponseWriter(ObjectNode response, Reader reader) {
        this.response = response;
        this.output = response.putArray("output");
        this.reader = reader;
    }

    /** The item that is being written. */
    private record Item(String type, int index, ObjectNode json, StringBuilder text, ArrayNode probabilities) {
        String id() {
            return json.get("id").stringValue();
        }
    }

    /** The response as it is now. */
    ObjectNode response() {
        return response;
    }

    /** What the model thought. */
    String reasoning() {
        return reasoning.toString();
    }

    /** What the answer took; only after it has ended. */
    Took took() {
        return took;
    }

    /** Says that the answer will be begun later. */
    void queued() {
        queued = true;
        response.put("status", "queued");
        told("response.created");
        told("response.queued");
    }

    @Override
    public boolean accept(ChatEvent event) {
        return switch (event) {
            case ChatEvent.Text(String delta) -> {
                Item message = open("message");
                message.text.append(delta);
                ArrayNode probabilities = LogProbabilityJson.tokens(untold);
                untold.clear();
                message.probabilities.addAll(probabilities);
                ObjectNode told = within("response.output_text.delta", message, true);
                told.put("delta", delta);
                told.set("logprobs", probabilities);
                yield reader.accept(told);
            }
            case ChatEvent.Reasoning(String delta) -> {
                reasoning.append(delta);
                Item thought = open("reasoning");
                thought.text.append(delta);
                untold.clear(); // these are no part of the answer
                yield reader.accept(
                        within("response.reasoning_text.delta", thought, true).put("delta", delta));
            }
            case ChatEvent.ToolCallStarted(String id, String name) -> {
                close("completed");
                Item call = open("function_call");
                call.json.put("call_id", id).put("name", name);
                untold.clear();
                yield added(call);
            }
            case ChatEvent.ToolCallArguments(String id, String delta) -> {
                Item call = open("function_call");
                call.text.append(delta);
                untold.clear();
                yield reader.accept(within("response.function_call_arguments.delta", call, false)
                        .put("delta", delta));
            }
            case ChatEvent.ToolCallFinished(ToolCall call) -> {
                Item written = open("function_call");
                written.text.setLength(0);
                written.text.append(call.arguments());
                yield close("completed");
            }
            case ChatEvent.ToolCallBroken broken -> close("incomplete");
            case ChatEvent.LogProbability probability -> {
                untold.add(probability);
                yield true;
            }
            case ChatEvent.PromptToken ignored -> true;
            case ChatEvent.Blocked why -> {
                response.set("content_filter", ChatCompletions.blocked(why));
                yield true;
            }
            case ChatEvent.Working ignored -> {
                begin();
                yield reader.working();
            }
            case ChatEvent.Finished end -> {
                begin();
                took.prompt(end.usage());
                finish(end.reason());
                yield true;
            }
        };
    }

    private void finish(Reason reason) {
        boolean whole = reason == Reason.END || reason == Reason.STOP || reason == Reason.TOOL_CALLS;
        if (output.isEmpty() && whole) {
            open("message");
        }
        close(whole ? "completed" : "incomplete");
        if (reason == Reason.CANCELLED) {
            response.put("status", "cancelled");
        } else if (whole) {
            response.put("status", "completed");
            response.put("completed_at", Instant.now().getEpochSecond());
        } else {
            response.put("status", "incomplete");
            response.putObject("incomplete_details")
                    .put("reason", reason == Reason.FILTERED ? "content_filter" : "max_output_tokens");
        }
    }

    /** Tells the end; what it took is known by then. */
    boolean end() {
        response.set("usage", took.responseJson());
        boolean completed = response.get("status").stringValue().equals("completed");
        return told(completed ? "response.completed" : "response.incomplete");
    }

    /** Tells that the answer went wrong. */
    void failed(ApiException error) {
        begin();
        close("incomplete");
        response.put("status", "failed");
        String code = switch (error.status()) {
            case 429 -> "rate_limit_exceeded";
            case 400 -> "invalid_prompt";
            default -> "server_error";
        };
        response.putObject("error").put("code", code).put("message", error.getMessage());
        told("response.failed");
    }

    private void begin() {
        if (begun) {
            return;
        }
        begun = true;
        response.put("status", "in_progress");
        if (!queued) {
            told("response.created");
        }
        told("response.in_progress");
    }

    private Item open(String type) {
        begin();
        if (open != null && open.type.equals(type)) {
            return open;
        }
        close("completed");
        ObjectNode json = output.addObject();
        json.put("id", FreshId.of(type.equals("message") ? "msg_" : type.equals("reasoning") ? "rs_" : "fc_"));
        json.put("type", type);
        json.put("status", "in_progress");
        Item item = new Item(type, output.size() - 1, json, new StringBuilder(), output.arrayNode());
        open = item;
        switch (type) {
            case "message" -> {
                json.put("role", "assistant");
                json.putArray("content");
                added(item);
                part("response.content_part.added", item);
            }
            case "reasoning" -> {
                json.putArray("summary");
                json.putArray("content");
                added(item);
                part("response.content_part.added", item);
            }
            default -> json.put("arguments", ""); // told when the call's name is known
        }
        return item;
    }

    private boolean added(Item item) {
        return item("response.output_item.added", item);
    }

    private boolean close(String status) {
        Item item = open;
        if (item == null) {
            return true;
        }
        open = null;
        item.json.put("status", status);
        switch (item.type) {
            case "function_call" -> {
                item.json.put("arguments", item.text.toString());
                reader.accept(within("response.function_call_arguments.done", item, false)
                        .put("name", item.json.path("name").asString(""))
                        .put("arguments", item.text.toString()));
            }
            default -> {
                boolean message = item.type.equals("message");
                ObjectNode done =
                        within(message ? "response.output_text.done" : "response.reasoning_text.done", item, true);
                done.put("text", item.text.toString());
                if (message) {
                    done.set("logprobs", item.probabilities.deepCopy());
                }
                reader.accept(done);
                part("response.content_part.done", item);
                item.json.putArray("content").add(part(item));
            }
        }
        return item("response.output_item.done", item);
    }

    private static ObjectNode part(Item item) {
        ObjectNode part = item.json.objectNode();
        if (item.type.equals("reasoning")) {
            return part.put("type", "reasoning_text").put("text", item.text.toString());
        }
        part.put("type", "output_text").put("text", item.text.toString());
        part.putArray("annotations");
        part.set("logprobs", item.probabilities.deepCopy());
        return part;
    }

    private void part(String type, Item item) {
        ObjectNode event = within(type, item, true);
        event.set("part", part(item));
        reader.accept(event);
    }

    private boolean item(String type, Item item) {
        ObjectNode event = event(type);
        event.put("output_index", item.index);
        event.set("item", item.json.deepCopy());
        return reader.accept(event);
    }

    private ObjectNode within(String type, Item item, boolean part) {
        ObjectNode event = event(type);
        event.put("item_id", item.id()).put("output_index", item.index);
        return part ? event.put("content_index", 0) : event;
    }

    private boolean told(String type) {
        ObjectNode event = event(type);
        JsonNode now = response.deepCopy();
        event.set("response", now);
        return reader.accept(event);
    }

    private ObjectNode event(String type) {
        return response.objectNode().put("type", type).put("sequence_number", sequence++);
    }
}

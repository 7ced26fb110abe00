package dev.ayni.guard.judges;

import dev.ayni.chat.Message;
import dev.ayni.guard.Content;
import dev.ayni.guard.Stage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a generation of Llama Guard was trained to read: its task, its categories, a conversation; and the numbers by which it
 * answers, which are others in each generation.
 */
public enum LlamaGuardTemplate {
    /**
     * Llama 2's format, O1 to O6. Published with a page of guidelines under the categories, which are Meta's text and not here:
     * the model reads their titles alone, as it was made to read any list of categories.
     */
    LLAMA_GUARD_1(
            "O",
            List.of(
                    new Category("Violence and Hate", "S1", "S10"),
                    new Category("Sexual Content", "S12", "S3", "S4"),
                    new Category("Criminal Planning", "S2", "S1"),
                    new Category("Guns and Illegal Weapons", "S2", "S9"),
                    new Category("Regulated or Controlled Substances", "S2"),
                    new Category("Self-Harm", "S11"))),
    /** Llama 3's format, S1 to S11 in numbers of its own. */
    LLAMA_GUARD_2(
            "S",
            List.of(
                    new Category("Violent Crimes", "S1"),
                    new Category("Non-Violent Crimes", "S2"),
                    new Category("Sex Crimes", "S3"),
                    new Category("Child Exploitation", "S4"),
                    new Category("Specialized Advice", "S6"),
                    new Category("Privacy", "S7"),
                    new Category("Intellectual Property", "S8"),
                    new Category("Indiscriminate Weapons", "S9"),
                    new Category("Hate", "S10"),
                    new Category("Self-Harm", "S11"),
                    new Category("Sexual Content", "S12"))),
    /** Llama 3's format, the hazards S1 to S13 by their own numbers. */
    LLAMA_GUARD_3("S", third()),
    /** The third generation where it knows the abuse of code interpreters besides. */
    LLAMA_GUARD_3_CODE("S", thirdWithCode());

    /** A category as the model reads it, and the hazards that it covers, the nearest first. */
    private record Category(String title, List<String> hazards) {
        Category(String title, String... hazards) {
            this(title, List.of(hazards));
        }
    }

    private static final String USER = "<|begin_of_text|><|start_header_id|>user<|end_header_id|>";
    private static final String ANSWER = "<|eot_id|><|start_header_id|>assistant<|end_header_id|>";

    private final String letter;
    private final List<Category> categories;

    LlamaGuardTemplate(String letter, List<Category> categories) {
        this.letter = letter;
        this.categories = categories;
    }

    private static List<Category> third() {
        return List.of(
                new Category("Violent Crimes", "S1"),
                new Category("Non-Violent Crimes", "S2"),
                new Category("Sex Crimes", "S3"),
                new Category("Child Exploitation", "S4"),
                new Category("Defamation", "S5"),
                new Category("Specialized Advice", "S6"),
                new Category("Privacy", "S7"),
                new Category("Intellectual Property", "S8"),
                new Category("Indiscriminate Weapons", "S9"),
                new Category("Hate", "S10"),
                new Category("Self-Harm", "S11"),
                new Category("Sexual Content", "S12"),
                new Category("Elections", "S13"));
    }

    private static List<Category> thirdWithCode() {
        List<Category> categories = new ArrayList<>(third());
        categories.add(new Category("Code Interpreter Abuse", "S14"));
        return List.copyOf(categories);
    }

    /** A part of a prompt: a mark, whose special tokens are meant, or text, in which none are. */
    public record Part(String text, boolean mark) {}

    /**
     * The prompt that asks for a judgement of a text, after the conversation before it.
     *
     * <p>Text is never a mark, whoever wrote it, so that nobody ends the task from within the conversation.
     */
    public List<Part> prompt(Content content) {
        if (this == LLAMA_GUARD_1) {
            return List.of(new Part("<s>", true), new Part("[INST] " + task(content) + " [/INST]", false));
        }
        return List.of(
                new Part(USER, true),
                new Part("\n\n" + task(content), false),
                new Part(ANSWER, true),
                new Part("\n\n", false));
    }

    private String task(Content content) {
        String whose = content.stage() == Stage.ANSWER || content.stage() == Stage.TOOL_CALL ? "Agent" : "User";
        StringBuilder list = new StringBuilder();
        for (int i = 0; i < categories.size(); i++) {
            list.append("%s%d: %s.\n".formatted(letter, i + 1, categories.get(i).title()));
        }
        String conversation = String.join("\n\n", turns(content, whose));
        // "according our" is what the models were trained on
        return """
            Task: Check if there is unsafe content in '%1$s' messages in conversations according our safety policy with the below categories.

            <BEGIN UNSAFE CONTENT CATEGORIES>
            %2$s<END UNSAFE CONTENT CATEGORIES>

            <BEGIN CONVERSATION>

            %3$s

            <END CONVERSATION>

            Provide your safety assessment for %4$s in the above conversation:
            %5$s- First line must read 'safe' or 'unsafe'.
            %5$s- If unsafe, a second line must include a comma-separated list of violated categories.\
            """.formatted(
                        whose,
                        list,
                        conversation,
                        this == LLAMA_GUARD_1 ? whose : "ONLY THE LAST " + whose + " message",
                        this == LLAMA_GUARD_1 ? "" : " ");
    }

    private static List<String> turns(Content content, String whose) {
        List<String> turns = new ArrayList<>();
        for (Message message : content.before()) {
            String who = switch (message.role()) {
                case USER, TOOL -> "User";
                case ASSISTANT -> "Agent";
                case SYSTEM -> "";
            };
            if (!who.isEmpty() && !message.content().isBlank()) {
                turns.add(who + ": " + quoted(message.content()));
            }
        }
        turns.add(whose + ": " + quoted(content.text()));
        return turns;
    }

    /** A message that cannot pretend that the conversation has ended. */
    private static String quoted(String message) {
        return message.strip().replace("<BEGIN ", "< BEGIN ").replace("<END ", "< END ");
    }

    /** The codes by which it names categories, and the hazards S1 to S14 of each. */
    Map<String, List<String>> hazards() {
        Map<String, List<String>> hazards = new LinkedHashMap<>();
        for (int i = 0; i < categories.size(); i++) {
            hazards.put(letter + (i + 1), categories.get(i).hazards());
        }
        return hazards;
    }

    /** The shape of its answer where that is {@code unsafe}: a second line with codes. */
    String unsafeShape() {
        String codes = "(" + String.join("|", hazards().keySet()) + ")";
        return "unsafe\\n%s(,%s){0,%d}".formatted(codes, codes, categories.size() - 1);
    }
}

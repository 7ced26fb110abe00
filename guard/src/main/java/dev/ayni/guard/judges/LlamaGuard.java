package dev.ayni.guard.judges;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatEvent.TokenProbability;
import dev.ayni.chat.ChatSink;
import dev.ayni.chat.Limits;
import dev.ayni.chat.Sampling;
import dev.ayni.chat.Scheduling;
import dev.ayni.chat.Shape;
import dev.ayni.chat.TextModel;
import dev.ayni.chat.TextRequest;
import dev.ayni.guard.Check;
import dev.ayni.guard.Content;
import dev.ayni.guard.Finding;
import dev.ayni.guard.Reading;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Llama Guard as a check: reads the conversation as the model was trained to, and asks for one token. The score is the
 * probability of {@code unsafe} there; where it is above {@link Settings#least}, the hazards are asked for, in a shape that
 * leaves nothing else to say.
 *
 * <p>A model that answers neither {@code safe} nor {@code unsafe} has not judged: all hazards that it knows are then findings,
 * with the score 1. It judges whole texts: a growing one has no findings.
 */
public final class LlamaGuard implements Check {
    /** The tokens of a text, special ones where they are meant. */
    public interface Tokens {
        /** @param special whether special tokens written in the text become their ids */
        List<Integer> of(String text, boolean special);
    }

    /**
     * How it judges.
     *
     * @param template the generation of the model
     * @param least the probability of {@code unsafe} from which on hazards are asked for and told, above 0
     * @param scheduling how its requests stand beside others
     */
    public record Settings(LlamaGuardTemplate template, double least, Scheduling scheduling) {
        public Settings {
            if (!(least > 0 && least <= 1)) {
                throw new IllegalArgumentException(
                        "Llama Guard is to tell hazards from a probability of %s on: expected above 0, at most 1."
                                .formatted(least));
            }
        }

        public Settings(LlamaGuardTemplate template) {
            this(template, 0.05, Scheduling.USUAL);
        }
    }

    private static final int ALTERNATIVES = 20;
    /** {@code unsafe}, a line's end and fourteen codes, of which each may be three tokens and a comma. */
    private static final int LONGEST_ANSWER = 64;

    private final String name;
    private final TextModel model;
    private final Tokens tokens;
    private final Settings settings;

    /** @param name the model's, for the rule of a finding */
    public LlamaGuard(String name, TextModel model, Tokens tokens, Settings settings) {
        this.name = name;
        this.model = model;
        this.tokens = tokens;
        this.settings = settings;
    }

    @Override
    public String name() {
        return "llama-guard";
    }

    @Override
    public Set<String> categories() {
        Set<String> categories = new TreeSet<>();
        settings.template().hazards().values().forEach(categories::addAll);
        return Set.copyOf(categories);
    }

    /** The whole text: nothing of an answer may leave before it has been judged. */
    @Override
    public int reach() {
        return Integer.MAX_VALUE;
    }

    @Override
    public List<Finding> find(Reading reading) {
        Content content = reading.content();
        if (!content.complete() || content.text().isBlank()) {
            return List.of();
        }
        List<Integer> prompt = prompt(content);
        First first = first(prompt);
        if (first.safe() < 0.5 && first.unsafe() < 0.5 && first.safe() + first.unsafe() < 0.5) {
            return all(content, 1, "the judge said neither 'safe' nor 'unsafe', which counts as unsafe");
        }
        double score = Math.min(1, first.unsafe());
        if (score < settings.least()) {
            return List.of();
        }
        List<String> hazards = hazards(prompt);
        if (hazards.isEmpty()) {
            return all(content, score, "the judge named no category that it knows, which counts as all");
        }
        String why = "judged unsafe by %s with a probability of %.2f".formatted(name, score);
        return hazards.stream()
                .map(hazard -> finding(content, hazard, score, why))
                .toList();
    }

    private static Finding finding(Content content, String hazard, double score, String why) {
        return new Finding(hazard, score, 0, content.text().length(), "llama-guard/" + hazard, why);
    }

    private List<Finding> all(Content content, double score, String why) {
        return new TreeSet<>(categories())
                .stream().map(hazard -> finding(content, hazard, score, why)).toList();
    }

    private List<Integer> prompt(Content content) {
        List<Integer> ids = new ArrayList<>();
        for (LlamaGuardTemplate.Part part : settings.template().prompt(content)) {
            ids.addAll(tokens.of(part.text(), part.mark()));
        }
        return ids;
    }

    /** What the first token of the answer is. */
    private record First(double safe, double unsafe) {}

    private First first(List<Integer> prompt) {
        Answer answer = new Answer();
        model.complete(request(prompt, 1, ALTERNATIVES, null), answer);
        double safe = 0;
        double unsafe = 0;
        for (TokenProbability token : answer.first) {
            String text = token.text().strip();
            if (text.isEmpty()) {
                continue;
            }
            // a vocabulary may have no token for the whole word
            if ("unsafe".startsWith(text) || text.startsWith("unsafe")) {
                unsafe += Math.exp(token.logProbability());
            } else if ("safe".startsWith(text) || text.startsWith("safe")) {
                safe += Math.exp(token.logProbability());
            }
        }
        return new First(safe, unsafe);
    }

    private List<String> hazards(List<Integer> prompt) {
        Answer answer = new Answer();
        model.complete(
                request(
                        prompt,
                        LONGEST_ANSWER,
                        -1,
                        new Shape.Regex(settings.template().unsafeShape())),
                answer);
        return hazards(answer.text.toString());
    }

    /** The hazards that an answer names by its generation's numbers; none where it says anything else besides. */
    private List<String> hazards(String answer) {
        String[] lines = answer.strip().split("\\n", -1);
        if (lines.length != 2 || !lines[0].strip().equals("unsafe")) {
            return List.of();
        }
        Map<String, List<String>> known = settings.template().hazards();
        Set<String> hazards = new LinkedHashSet<>();
        for (String code : lines[1].split("[,\\s]+")) {
            List<String> meant = known.get(code);
            if (meant == null) {
                return List.of();
            }
            hazards.addAll(meant);
        }
        return List.copyOf(hazards);
    }

    private TextRequest request(List<Integer> prompt, int longest, int alternatives, @Nullable Shape shape) {
        return new TextRequest(
                new TextRequest.Prompt.Tokens(prompt),
                Sampling.GREEDY,
                Limits.tokens(longest),
                alternatives,
                false,
                shape,
                settings.scheduling());
    }

    /** What a model wrote, and what its first token could have been. */
    private static final class Answer implements ChatSink {
        private final StringBuilder text = new StringBuilder();
        private List<TokenProbability> first = List.of();

        @Override
        public boolean accept(ChatEvent event) {
            switch (event) {
                case ChatEvent.Text(String delta) -> text.append(delta);
                case ChatEvent.LogProbability(TokenProbability token, List<TokenProbability> alternatives) -> {
                    if (first.isEmpty()) {
                        List<TokenProbability> all = new ArrayList<>(alternatives);
                        if (all.stream().noneMatch(other -> other.id() == token.id())) {
                            all.add(token);
                        }
                        first = all;
                    }
                }
                case ChatEvent.Reasoning _,
                        ChatEvent.ToolCallStarted _,
                        ChatEvent.ToolCallArguments _,
                        ChatEvent.ToolCallFinished _,
                        ChatEvent.ToolCallBroken _,
                        ChatEvent.PromptToken _,
                        ChatEvent.Working _,
                        ChatEvent.Blocked _,
                        ChatEvent.Finished _ -> {}
            }
            return !Thread.currentThread().isInterrupted(); // else nobody waits for the judgement any more
        }
    }
}

package dev.ayni.engine.generation;

import dev.ayni.engine.models.Model;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/** Continues prompts with one model. Several threads may each run generations; their tokens share forward passes. */
public final class Generator implements AutoCloseable {
    private final Model model;
    private final int context;
    private final Set<Integer> ends;
    private final ForwardQueue queue;
    private final IdlePasts idle;
    private final Drafting drafting;
    private final SecureRandom seeds = new SecureRandom();

    /**
     * A generator over a model that stays its caller's to close.
     *
     * @param context how many tokens a prompt and its continuation may have together
     * @param ends the ids after which the model has finished
     * @param drafting where guesses come from; closed with this generator
     */
    public Generator(Model model, int context, Set<Integer> ends, Drafting drafting) {
        this.model = model;
        this.context = context;
        this.ends = Set.copyOf(ends);
        this.queue = new ForwardQueue(model);
        this.idle = new IdlePasts(model, context);
        this.drafting = drafting;
    }

    /** How many tokens a prompt and its continuation may have together. */
    public int context() {
        return context;
    }

    /**
     * Starts to continue a prompt; the work is done in {@link Generation#next}.
     *
     * @throws PromptException if the prompt is empty, longer than the context, or has an id that the model does not know
     */
    public Generation start(int[] prompt, Settings settings) {
        return start(prompt, settings, 1).getFirst();
    }

    /**
     * Starts several answers to one prompt, which is read once. Each may be run by a thread of its own, and must be closed.
     *
     * @throws PromptException as {@link #start(int[], Settings)}
     */
    public List<Generation> start(int[] prompt, Settings settings, int answers) {
        check("prompt", prompt);
        boolean leads = settings.sampling().guidance().leads();
        if (leads) {
            check("negative prompt", settings.away());
        }
        if (leads && Arrays.equals(prompt, settings.away())) {
            throw new PromptException(
                    "Guidance leads away from a negative prompt, and that is the prompt itself, so that nothing would change. Give another negative prompt, or a system message that the negative prompt lacks.");
        }
        for (int id : settings.sampling().logitBias().keySet()) {
            if (id < 0 || id >= model.spec().vocabulary()) {
                throw new PromptException("A bias is given for the token id %d, and this model's ids go from 0 to %d."
                        .formatted(id, model.spec().vocabulary() - 1));
            }
        }
        long seed = settings.sampling().seed().orElseGet(seeds::nextLong);
        Beginning beginning = new Beginning(queue, idle, prompt.clone(), answers);
        Beginning away = leads ? new Beginning(queue, idle, settings.away().clone(), answers) : null;
        List<Generation> generations = new ArrayList<>();
        for (int answer = 0; answer < answers; answer++) {
            Drafter drafter = drafting.start(settings.sampling(), seed, answer);
            generations.add(
                    new Generation(queue, idle, beginning, away, answer, settings, context, ends, seed, drafter));
        }
        return generations;
    }

    /**
     * Starts to look for the most probable continuations; the work is done in {@link BeamSearch#step}.
     *
     * @param stopped whether a text ends with these tokens of a continuation, because a stop string appeared
     * @throws PromptException as {@link #start(int[], Settings)}
     */
    public BeamSearch search(int[] prompt, Settings settings, Predicate<int[]> stopped) {
        check("prompt", prompt);
        return new BeamSearch(
                queue, idle, new Beginning(queue, idle, prompt.clone(), 1), settings, context, ends, stopped);
    }

    private void check(String what, int[] prompt) {
        if (prompt.length == 0) {
            throw new PromptException(
                    "The %s has no token: there is nothing to continue. Give some text.".formatted(what));
        }
        for (int id : prompt) {
            if (id < 0 || id >= model.spec().vocabulary()) {
                throw new PromptException(
                        "The %s has the token id %d, and this model's ids go from 0 to %d. Was it made with another model's tokenizer?"
                                .formatted(what, id, model.spec().vocabulary() - 1));
            }
        }
        if (prompt.length >= context) {
            throw new PromptException(
                    "The %s has %d tokens, and the context holds %d, the answer included. Shorten the prompt or the conversation, or ask for a larger context (this model was trained for %d)."
                            .formatted(
                                    what, prompt.length, context, model.spec().context()));
        }
    }

    /** Forgets all conversations that rest between two turns. */
    public void forget() {
        queue.whileFree(idle::close);
    }

    /** Waits for the pass that runs, and ends every generation at its next step with an IllegalStateException. */
    @Override
    public void close() {
        drafting.close();
        queue.close();
        forget();
    }
}

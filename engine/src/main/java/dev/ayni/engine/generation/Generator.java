package dev.ayni.engine.generation;

import dev.ayni.chat.OverloadedException;
import dev.ayni.chat.Scheduling;
import dev.ayni.engine.models.KvPages;
import dev.ayni.engine.models.Model;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/** Continues prompts with one model. Several threads may each run generations; their tokens share forward passes. */
public final class Generator implements AutoCloseable {
    private static final int USUAL_CONTEXTS = 16;

    /** Texts that nobody continues take no more than one of so many pages together: others come and go on beside them. */
    private static final int PART_OF_THE_PAGES = 4;

    private final Model model;
    private final int context;
    private final Set<Integer> ends;
    private final Scheduler scheduler;
    private final Drafting drafting;
    private final SecureRandom seeds = new SecureRandom();

    /** A generator of the usual capacity, keys and values of sixteen whole contexts. */
    public Generator(Model model, int context, Set<Integer> ends, Drafting drafting) {
        this(model, context, ends, drafting, Capacity.USUAL);
    }

    /**
     * A generator over a model that stays its caller's to close.
     *
     * @param context how many tokens a prompt and its continuation may have together
     * @param ends the ids after which the model has finished
     * @param drafting where guesses come from
     * @param capacity how much is held and done at the same time; of no bytes: sixteen whole contexts
     */
    public Generator(Model model, int context, Set<Integer> ends, Drafting drafting, Capacity capacity) {
        this.model = model;
        this.context = context;
        this.ends = Set.copyOf(ends);
        long bytes = capacity.cacheBytes() > 0
                ? capacity.cacheBytes()
                : USUAL_CONTEXTS * KvPages.of(context) * model.pages().bytesPerPage();
        this.scheduler = new Scheduler(model, capacity.withCacheBytes(bytes));
        this.drafting = drafting;
    }

    /**
     * Changes how much memory the keys and values of all conversations may take together. Returns when what was held beyond
     * it has been given back: what was kept for later requests first, then what requests have that can wait. A request that
     * runs alone keeps what it needs.
     */
    public void limitCache(long bytes) {
        scheduler.limit(bytes);
    }

    /** How many tokens a prompt and its continuation may have together. */
    public int context() {
        return context;
    }

    /**
     * Starts to continue a prompt.
     *
     * @throws OverloadedException if too many others wait already
     * @throws PromptException if the prompt is empty, longer than the context, or has an id that the model does not know
     */
    public Generation start(int[] prompt, Settings settings) {
        return start(prompt, settings, 1).getFirst();
    }

    /**
     * Starts several answers to one prompt, which is read once. Each may be read by a thread of its own, and must be closed.
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
        IdlePasts idle = scheduler.idle();
        Beginning beginning = beginning(prompt, settings, answers);
        Beginning away = leads
                ? new Beginning(
                        model,
                        idle,
                        settings.away().clone(),
                        answers,
                        settings.scheduling().reuse(),
                        -1)
                : null;
        List<Generation> readers = new ArrayList<>();
        List<Work> works = new ArrayList<>();
        for (int answer = 0; answer < answers; answer++) {
            Generation reader = new Generation(scheduler, prompt.length + (away == null ? 0 : away.prompt().length));
            Drafter drafter = drafting.start(settings.sampling(), seed, answer);
            Work work = new Continuation(reader, idle, beginning, away, answer, settings, context, ends, seed, drafter);
            reader.doneBy(work);
            readers.add(reader);
            works.add(work);
        }
        scheduler.submit(settings.scheduling(), works, readers);
        return readers;
    }

    private Beginning beginning(int[] prompt, Settings settings, int answers) {
        return new Beginning(
                model,
                scheduler.idle(),
                prompt.clone(),
                answers,
                settings.scheduling().reuse(),
                settings.promptProbabilities() ? Math.max(0, settings.logProbabilities()) : -1);
    }

    /**
     * Starts to look for the most probable continuations.
     *
     * @param stopped whether a text ends with these tokens of a continuation, because a stop string appeared
     * @throws PromptException as {@link #start(int[], Settings)}
     */
    public BeamSearch search(int[] prompt, Settings settings, Predicate<int[]> stopped) {
        check("prompt", prompt);
        BeamSearch reader = new BeamSearch(scheduler);
        Work work = new BeamGrowth(
                reader,
                scheduler.idle(),
                beginning(prompt, settings.withPromptProbabilities(false), 1),
                settings,
                context,
                ends,
                stopped);
        reader.doneBy(work);
        scheduler.submit(settings.scheduling(), List.of(work), List.of(reader));
        return reader;
    }

    /**
     * Starts to read texts for what stands for their tokens after the last norm; none is continued. They take turns with
     * what else this generator does.
     *
     * @param texts at least one
     * @param onlyLast whether only the last token of each text counts
     * @param states takes what stands for a token; called by a thread of the engine until {@link Encoding#step} gives false,
     *     for each text in the order of its tokens
     * @throws OverloadedException if too many others wait already
     * @throws PromptException if a text is empty, longer than the context, or has an id that the model does not know
     */
    public Encoding encode(List<int[]> texts, boolean onlyLast, Scheduling scheduling, Encoding.States states) {
        for (int i = 0; i < texts.size(); i++) {
            checkText(texts.size() == 1 ? "The text" : "Text " + (i + 1), texts.get(i));
        }
        Encoding reader = new Encoding(scheduler);
        int pages = Math.max(1, scheduler.mostPages() / PART_OF_THE_PAGES);
        Work work = new Perusal(reader, model, List.copyOf(texts), onlyLast, states, pages);
        reader.doneBy(work);
        scheduler.submit(scheduling, List.of(work), List.of(reader));
        return reader;
    }

    private void checkText(String which, int[] text) {
        if (text.length == 0) {
            throw new PromptException(
                    "%s has no token: there is nothing to read. Give at least a word.".formatted(which));
        }
        checkIds(which, text);
        if (text.length > context) {
            throw new PromptException(
                    "%s has %d tokens, and the context holds %d. Shorten it, cut it into parts, or ask for a larger context (this model was trained for %d)."
                            .formatted(which, text.length, context, model.spec().context()));
        }
    }

    private void check(String what, int[] prompt) {
        if (prompt.length == 0) {
            throw new PromptException(
                    "The %s has no token: there is nothing to continue. Give some text.".formatted(what));
        }
        checkIds("The " + what, prompt);
        if (prompt.length >= context) {
            throw new PromptException(
                    "The %s has %d tokens, and the context holds %d, the answer included. Shorten the prompt or the conversation, or ask for a larger context (this model was trained for %d)."
                            .formatted(
                                    what, prompt.length, context, model.spec().context()));
        }
    }

    private void checkIds(String which, int[] ids) {
        for (int id : ids) {
            if (id < 0 || id >= model.spec().vocabulary()) {
                throw new PromptException(
                        "%s has the token id %d, and this model's ids go from 0 to %d. Was it made with another model's tokenizer?"
                                .formatted(which, id, model.spec().vocabulary() - 1));
            }
        }
    }

    /** What is done at the moment. */
    public Load load() {
        return scheduler.load();
    }

    /** Forgets all conversations that rest between two turns. */
    public void forget() {
        scheduler.forget();
    }

    /** Waits for the pass that runs, and ends every generation with an IllegalStateException. */
    @Override
    public void close() {
        scheduler.close();
    }
}

package dev.ayni.engine.generation;

import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.chat.Sampling.Beams;
import dev.ayni.engine.models.Run;
import dev.ayni.engine.models.Run.Wanted;
import dev.ayni.engine.shape.CompiledShape;
import dev.ayni.engine.shape.ShapeCursor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The most probable continuations of one prompt, as far as a beam search finds them. For one thread at a time. */
public final class BeamSearch implements AutoCloseable {
    /*
     * Beam search (Lowerre: The Harpy Speech Recognition System, 1976) as Hugging Face's transformers do it: of all ways to
     * go on from any beam the most probable are looked at in order; one that ends is kept if it is among the first `width`,
     * and the first `width` that do not end are the new beams. Beams share the pages of what they have in common.
     */
    private final ForwardQueue queue;
    private final IdlePasts idle;
    private final Beginning beginning;
    private final Settings settings;
    private final Beams beams;
    private final int context;
    private final Set<Integer> ends;
    private final Predicate<int[]> stopped;
    private List<Beam> live = List.of();
    private final List<Found> found = new ArrayList<>(); // the best first, at most as many as beams
    private boolean begun;
    private boolean over;
    private boolean closed;

    /**
     * A continuation.
     *
     * @param ids its tokens, the end token included
     * @param logProbabilities natural logarithms of the model's own probabilities, one for each token
     * @param score their sum, divided by the number of tokens to the power of {@link Beams#lengthPenalty}
     */
    public record Found(int[] ids, double[] logProbabilities, double score, Reason reason) {}

    /** A continuation that goes on. */
    private record Beam(
            Past past,
            int[] ids,
            double[] logProbabilities,
            double sum,
            @Nullable ShapeCursor shape,
            float[] logits_V) {}

    /** A way to go on from a beam. */
    private record Way(int beam, int id, double logProbability, double sum) {}

    /** @param stopped whether a text ends with these tokens of a continuation, because a stop string appeared */
    BeamSearch(
            ForwardQueue queue,
            IdlePasts idle,
            Beginning beginning,
            Settings settings,
            int context,
            Set<Integer> ends,
            Predicate<int[]> stopped) {
        this.queue = queue;
        this.idle = idle;
        this.beginning = beginning;
        this.settings = settings;
        this.beams = settings.sampling().beams();
        this.context = context;
        this.ends = ends;
        this.stopped = stopped;
        this.over = settings.limits().maxTokens() == 0;
    }

    /** How many tokens of the prompt were still remembered. */
    public int reused() {
        return beginning.reused();
    }

    /** What was found, the best first; complete once {@link #step} gives false. */
    public List<Found> found() {
        return List.copyOf(found);
    }

    /**
     * Reads some of the prompt, or adds a token to each beam.
     *
     * @return whether there is more to do
     */
    public boolean step() {
        assert !closed : "a closed search gives nothing";
        if (over) {
            return false;
        }
        if (!begun) {
            if (beginning.read() < beginning.prompt().length) {
                return true;
            }
            Beginning.Read all = beginning.take();
            CompiledShape shape = settings.shape();
            live = List.of(new Beam(
                    all.past(), new int[0], new double[0], 0, shape == null ? null : shape.start(), all.logits_V()));
            begun = true;
        }
        advance();
        over = live.isEmpty() || isSettled();
        return !over;
    }

    private void advance() {
        int length = live.getFirst().ids.length;
        List<Beam> next = new ArrayList<>();
        List<Integer> parents = new ArrayList<>();
        List<Way> ways = ways();
        for (int rank = 0; rank < ways.size() && next.size() < beams.width(); rank++) {
            Way way = ways.get(rank);
            Beam from = live.get(way.beam);
            int[] ids = Arrays.copyOf(from.ids, length + 1);
            ids[length] = way.id;
            double[] logProbabilities = Arrays.copyOf(from.logProbabilities, length + 1);
            logProbabilities[length] = way.logProbability;
            boolean end = isEnd(way.id, from.shape);
            ShapeCursor shape = end ? from.shape : after(from.shape, way.id);
            Reason reason = reason(end, shape, ids);
            if (reason == null) {
                next.add(new Beam(from.past, ids, logProbabilities, way.sum, shape, from.logits_V));
                parents.add(way.beam);
            } else if (rank < beams.width()) {
                keep(ids, logProbabilities, way.sum, reason);
            }
        }
        if (tokensLeft(length + 1) == 0) {
            Reason reason = length + 1 >= settings.limits().maxTokens() ? Reason.LENGTH : Reason.CONTEXT_FULL;
            next.forEach(beam -> keep(beam.ids, beam.logProbabilities, beam.sum, reason));
            next.clear();
            parents.clear();
        }
        List<Past> pasts = pasts(parents);
        List<Run> runs = new ArrayList<>();
        List<Beam> unread = new ArrayList<>();
        for (int i = 0; i < next.size(); i++) {
            Beam beam = next.get(i);
            int[] token = {beam.ids[length]};
            pasts.get(i).note(token);
            runs.add(new Run(token, pasts.get(i).cache(), Wanted.LAST));
            unread.add(new Beam(pasts.get(i), beam.ids, beam.logProbabilities, beam.sum, beam.shape, beam.logits_V));
        }
        live = unread; // theirs to close, should the pass fail
        List<float[][]> rows = queue.forward(runs);
        List<Beam> read = new ArrayList<>();
        for (int i = 0; i < unread.size(); i++) {
            Beam beam = unread.get(i);
            read.add(new Beam(beam.past, beam.ids, beam.logProbabilities, beam.sum, beam.shape, rows.get(i)[0]));
        }
        live = read;
    }

    /** The most probable ways to go on from all beams, best first; of equals the better beam's, then the lower id. */
    private List<Way> ways() {
        int enough = (1 + Math.max(1, ends.size())) * beams.width();
        List<Way> ways = new ArrayList<>();
        for (int b = 0; b < live.size(); b++) {
            Beam beam = live.get(b);
            double normalizer = Sampler.logSum(beam.logits_V);
            float[] logits_V = beam.logits_V.clone();
            if (beam.shape != null) {
                Sampler.forbidOthers(logits_V, beam.shape.allowed(tokensLeft(beam.ids.length)));
            }
            for (int id : Candidates.top(logits_V, enough)) {
                if (logits_V[id] > Float.NEGATIVE_INFINITY) {
                    double logProbability = logits_V[id] - normalizer;
                    ways.add(new Way(b, id, logProbability, beam.sum + logProbability));
                }
            }
        }
        ways.sort(Comparator.<Way>comparingDouble(way -> -way.sum)
                .thenComparingInt(Way::beam)
                .thenComparingInt(Way::id));
        return ways.subList(0, Math.min(enough, ways.size()));
    }

    private boolean isEnd(int id, @Nullable ShapeCursor shape) {
        return ends.contains(id) && (shape != null || !settings.limits().ignoreEnd());
    }

    /** How far the shape has come after a token; null where anything may follow. */
    private @Nullable ShapeCursor after(@Nullable ShapeCursor shape, int id) {
        ShapeCursor after;
        if (shape != null) {
            after = shape.fork();
        } else {
            CompiledShape begins = settings.begun().get(id);
            if (begins == null) {
                return null;
            }
            after = begins.start();
        }
        after.accept(id);
        return settings.shape() == null && after.isWhole() ? null : after;
    }

    /** Why a continuation ends; null: it goes on. */
    private @Nullable Reason reason(boolean end, @Nullable ShapeCursor shape, int[] ids) {
        if (end || shape != null && shape.isOver()) {
            return Reason.END;
        }
        return stopped.test(ids) ? Reason.STOP : null;
    }

    private void keep(int[] ids, double[] logProbabilities, double sum, Reason reason) {
        found.add(new Found(ids, logProbabilities, score(sum, ids.length), reason));
        found.sort(Comparator.comparingDouble(one -> -one.score)); // of equals the one found first
        if (found.size() > beams.width()) {
            found.removeLast();
        }
    }

    private double score(double sum, int length) {
        return sum / StrictMath.pow(length, beams.lengthPenalty());
    }

    /** Whether no beam can become better than what was found. */
    private boolean isSettled() {
        if (found.size() < beams.width()) {
            return false;
        }
        if (beams.stopEarly()) {
            return true;
        }
        int length = live.getFirst().ids.length;
        // sums only fall, and a positive penalty favours the longest
        int best = beams.lengthPenalty() > 0 ? length + tokensLeft(length) : length;
        double worst = found.getLast().score;
        return live.stream().allMatch(beam -> score(beam.sum, best) <= worst);
    }

    /** The pasts of new beams, each grown out of one of the old: the first child goes on with its parent's own. */
    private List<Past> pasts(List<Integer> parents) {
        List<Past> pasts = new ArrayList<>();
        queue.whileFree(() -> {
            for (int i = 0; i < parents.size(); i++) {
                Past parent = live.get(parents.get(i)).past;
                pasts.add(parents.indexOf(parents.get(i)) == i ? parent : parent.fork());
            }
            for (int b = 0; b < live.size(); b++) {
                if (parents.isEmpty() && b == 0) {
                    idle.put(live.get(b).past);
                } else if (!parents.contains(b)) {
                    live.get(b).past.cache().close();
                }
            }
        });
        return pasts;
    }

    private int tokensLeft(int length) {
        int room = context - beginning.prompt().length - length;
        return Math.min(room, settings.limits().maxTokens() - length);
    }

    /** Lets the conversation rest: what the best beam remembers is kept for a next turn. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            if (!begun) {
                beginning.leave();
            }
            queue.whileFree(() -> {
                for (int b = live.size() - 1; b > 0; b--) {
                    live.get(b).past.cache().close();
                }
                if (!live.isEmpty()) {
                    idle.put(live.getFirst().past);
                }
            });
        }
    }
}

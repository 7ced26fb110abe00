package dev.ayni.engine.generation;

import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.chat.Sampling.Beams;
import dev.ayni.engine.generation.BeamSearch.Found;
import dev.ayni.engine.shape.CompiledShape;
import dev.ayni.engine.shape.ShapeCursor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** How a search comes about: beams are what is read, and from what was read new ones grow. */
final class BeamGrowth implements Work {
    /*
     * Beam search (Lowerre: The Harpy Speech Recognition System, 1976) as Hugging Face's transformers do it: of all ways to
     * go on from any beam the most probable are looked at in order; one that ends is kept if it is among the first `width`,
     * and the first `width` that do not end are the new beams. Beams share the pages of what they have in common.
     */
    private final BeamSearch reader;
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

    /** A continuation that goes on. */
    private record Beam(
            Past past,
            int[] ids,
            double[] logProbabilities,
            double sum,
            @Nullable ShapeCursor shape) {}

    /** A way to go on from a beam. */
    private record Way(int beam, int id, double logProbability, double sum) {}

    BeamGrowth(
            BeamSearch reader,
            IdlePasts idle,
            Beginning beginning,
            Settings settings,
            int context,
            Set<Integer> ends,
            Predicate<int[]> stopped) {
        this.reader = reader;
        this.idle = idle;
        this.beginning = beginning;
        this.settings = settings;
        this.beams = settings.sampling().beams();
        this.context = context;
        this.ends = ends;
        this.stopped = stopped;
        if (settings.limits().maxTokens() == 0) {
            finish();
        }
    }

    private void finish() {
        over = true;
        reader.end(found);
    }

    @Override
    public List<Past> texts() {
        if (over) {
            return List.of();
        }
        return begun ? live.stream().map(Beam::past).toList() : List.of(beginning.past());
    }

    @Override
    public boolean isWanted() {
        return true; // all is said at the end
    }

    @Override
    public boolean isOver() {
        return over;
    }

    @Override
    public boolean join() {
        if (!begun) {
            if (!beginning.isRead()) {
                return false;
            }
            CompiledShape shape = settings.shape();
            live = List.of(new Beam(
                    beginning.take().past(), new int[0], new double[0], 0, shape == null ? null : shape.start()));
            begun = true;
        }
        return true;
    }

    @Override
    public boolean isItsOwn() {
        return false; // beams fork and close caches
    }

    @Override
    public int goOn(Pass pass) {
        advance();
        if (live.isEmpty() || isSettled()) {
            finish();
        } else {
            reader.advanced();
        }
        return live.size();
    }

    @Override
    public void tellProgress() {
        if (!begun) {
            reader.advanced();
        }
    }

    @Override
    public void end(Reason reason) {
        if (!over) {
            int length = begun && !live.isEmpty() ? live.getFirst().ids.length : 0;
            if (length > 0) {
                live.forEach(beam -> keep(beam.ids, beam.logProbabilities, beam.sum, reason));
            } else {
                found.add(new Found(new int[0], new double[0], 0, reason));
            }
            finish();
        }
    }

    @Override
    public void fail(Throwable problem) {
        over = true;
        reader.fail(problem);
    }

    @Override
    public void leave() {
        over = true;
        if (!begun) {
            beginning.leave();
        }
        for (int b = live.size() - 1; b > 0; b--) {
            live.get(b).past.cache().close();
        }
        if (!live.isEmpty()) {
            idle.put(live.getFirst().past);
        }
        reader.left();
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
                next.add(new Beam(from.past, ids, logProbabilities, way.sum, shape));
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
        live = new ArrayList<>();
        for (int i = 0; i < next.size(); i++) {
            Beam beam = next.get(i);
            pasts.get(i).add(new int[] {beam.ids[length]}, 1, new float[0][]);
            live.add(new Beam(pasts.get(i), beam.ids, beam.logProbabilities, beam.sum, beam.shape));
        }
    }

    /** The most probable ways to go on from all beams, best first; of equals the better beam's, then the lower id. */
    private List<Way> ways() {
        int enough = (1 + Math.max(1, ends.size())) * beams.width();
        List<Way> ways = new ArrayList<>();
        for (int b = 0; b < live.size(); b++) {
            Beam beam = live.get(b);
            float[] logits_V = beam.past.rows()[0].clone();
            double normalizer = Sampler.logSum(logits_V);
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
        found.sort(Comparator.comparingDouble(one -> -one.score())); // of equals the one found first
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
        double worst = found.getLast().score();
        return live.stream().allMatch(beam -> score(beam.sum, best) <= worst);
    }

    /** The pasts of new beams, each grown out of one of the old: the first child goes on with its parent's own. */
    private List<Past> pasts(List<Integer> parents) {
        List<Past> pasts = new ArrayList<>();
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
        return pasts;
    }

    private int tokensLeft(int length) {
        int room = context - beginning.prompt().length - length;
        return Math.min(room, settings.limits().maxTokens() - length);
    }
}

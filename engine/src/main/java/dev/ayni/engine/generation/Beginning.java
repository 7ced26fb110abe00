package dev.ayni.engine.generation;

import dev.ayni.engine.models.Model;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** A prompt that is read once for one or more answers, each of which then goes its own way. For the engine's thread. */
final class Beginning {
    /** So many bytes of logits are there at a time while a prompt's own probabilities are wanted. */
    private static final int LOGITS_BYTES = 32 << 20;

    private final IdlePasts idle;
    private final int[] prompt;
    private final Past past;
    private final int alternatives;
    private final int tokensAtOnce;
    private final List<Generation> readers = new ArrayList<>(); // of its tokens' probabilities
    private int told; // tokens whose probabilities are said
    private float[] last_V = {};
    private int waiting;

    /**
     * A prompt of which nothing is read.
     *
     * @param alternatives how many to tell with each token's probability; -1: they are not wanted
     */
    Beginning(Model model, IdlePasts idle, int[] prompt, int answers, boolean shared, int alternatives) {
        this.idle = idle;
        this.prompt = prompt;
        // probabilities of tokens that somebody else has read are gone
        this.past = new Past(model.newCache(), shared && alternatives < 0);
        this.alternatives = alternatives;
        this.tokensAtOnce = alternatives < 0
                ? prompt.length
                : Math.clamp(LOGITS_BYTES / (Float.BYTES * model.spec().vocabulary()), 16, 128);
        this.waiting = answers;
        past.expect(prompt.length);
        askForMore();
    }

    int[] prompt() {
        return prompt;
    }

    Past past() {
        return past;
    }

    /** Whoever reads this is told the prompt's own probabilities. */
    void addReader(Generation reader) {
        readers.add(reader);
    }

    private void askForMore() {
        int from = past.length();
        int until = Math.min(prompt.length, from + tokensAtOnce);
        past.add(Arrays.copyOfRange(prompt, from, until), alternatives < 0 ? 1 : until - from, past.rows());
    }

    /** Once what was asked for is read: whether that was all. If not, more is asked for. */
    boolean isRead() {
        if (alternatives >= 0 && told < past.length()) {
            tell();
        }
        if (past.length() < prompt.length) {
            askForMore();
            return false;
        }
        return true;
    }

    private void tell() {
        float[][] rows_RV = past.rows();
        int from = told;
        float[] last = last_V;
        List<Step.PromptToken> tokens = IntStream.range(from, past.length())
                .parallel() // a sum over the vocabulary each
                .mapToObj(at -> token(at, at == from ? last : rows_RV[at - from - 1]))
                .toList();
        readers.forEach(reader -> tokens.forEach(reader::give));
        told = past.length();
        last_V = rows_RV[rows_RV.length - 1].clone();
    }

    private Step.PromptToken token(int at, float[] before_V) {
        int id = prompt[at];
        return at == 0
                ? new Step.PromptToken(id, Double.NaN, List.of())
                : new Step.PromptToken(
                        id, before_V[id] - Sampler.logSum(before_V), Sampler.alternatives(before_V, alternatives));
    }

    /** What an answer goes on from, once all is read. */
    record Read(Past past, float[] logits_V) {}

    /** Called once by each answer, after all is read. */
    Read take() {
        float[] logits_V = past.rows()[past.rows().length - 1];
        waiting--;
        return waiting == 0 ? new Read(past, logits_V) : new Read(past.fork(), logits_V.clone());
    }

    /** Called by an answer that ends before it could take anything. */
    void leave() {
        waiting--;
        if (waiting == 0) {
            idle.put(past);
        }
    }
}

package dev.ayni.engine.generation;

import dev.ayni.chat.Sampling;
import dev.ayni.engine.models.KvCache;
import dev.ayni.engine.models.Model;
import dev.ayni.engine.models.Run;
import dev.ayni.engine.models.Run.Wanted;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.Lock;

/** Lets a smaller model of the same vocabulary guess. It draws with the same random numbers as the large one. */
final class DraftModel implements Drafter {
    private final Model model;
    private final Lock free;
    private final KvCache cache;
    private final Sampler sampler;
    private int[] remembered = new int[0];
    private float[] logits_V = {}; // a row to be used again

    /**
     * @param free held while the model computes: it guesses for one answer at a time
     * @param sampling that of the answer; penalties do not count here, since guesses may be wrong anyway
     */
    DraftModel(Model model, Lock free, Sampling sampling, long seed, int answer) {
        this.model = model;
        this.free = free;
        this.cache = model.newCache();
        Sampling plain = sampling.but()
                .mirostat(0, Sampling.Mirostat.NONE.eta())
                .repetitionPenalty(1)
                .frequencyPenalty(0)
                .presencePenalty(0)
                .dry(Sampling.Dry.NONE)
                .build();
        this.sampler = new Sampler(plain, seed, answer, new int[0], id -> false);
    }

    @Override
    public int[] draft(int[] tokens, int length, int most) {
        free.lock();
        try {
            return guess(tokens, length, most);
        } finally {
            free.unlock();
        }
    }

    private int[] guess(int[] tokens, int length, int most) {
        cache.expect(length + most);
        int known = Arrays.mismatch(remembered, 0, cache.length(), tokens, 0, length);
        cache.rewind(Math.min(known < 0 ? cache.length() : known, length - 1));
        int[] text = Arrays.copyOf(tokens, length + most);
        float[] logits = logits_V;
        while (cache.length() < length) {
            int until = Math.min(cache.length() + Scheduler.MOST_TOKENS, length);
            logits = forward(Arrays.copyOfRange(text, cache.length(), until), logits);
        }
        for (int i = length; i < length + most; i++) {
            text[i] = sampler.draw(logits, i, null);
            if (i + 1 < length + most) {
                logits = forward(new int[] {text[i]}, logits);
            }
        }
        remembered = text;
        logits_V = logits;
        return Arrays.copyOfRange(text, length, length + most);
    }

    private float[] forward(int[] tokens, float[] room_V) {
        Run run = new Run(tokens, cache, Wanted.LAST, new float[][] {room_V});
        return model.forward(List.of(run)).getFirst()[0];
    }

    @Override
    public void close() {
        free.lock();
        try {
            cache.close();
        } finally {
            free.unlock();
        }
    }
}

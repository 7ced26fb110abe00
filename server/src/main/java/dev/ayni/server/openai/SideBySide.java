package dev.ayni.server.openai;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** The parts of one request, done at the same time, so that they share the model's passes. */
final class SideBySide {
    /** So many at a time: a request of many parts leaves places for others. */
    private static final int AT_MOST = 16;

    private SideBySide() {}

    /** Does all of them and returns after the last; then the first failure is thrown, and what had not begun is left out. */
    static void run(List<Runnable> parts) {
        if (parts.size() == 1) {
            parts.getFirst().run();
            return;
        }
        List<Future<?>> begun = new ArrayList<>();
        RuntimeException failure = null;
        try (ExecutorService threads = Executors.newFixedThreadPool(
                Math.min(AT_MOST, parts.size()), Thread.ofVirtual().factory())) {
            parts.forEach(part -> begun.add(threads.submit(part)));
            for (Future<?> part : begun) {
                try {
                    part.get();
                } catch (ExecutionException e) {
                    failure = e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
                    threads.shutdownNow().clear();
                    break;
                } catch (InterruptedException e) {
                    threads.shutdownNow();
                    Thread.currentThread().interrupt();
                    break;
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}

package dev.ayni.chat;

import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Texts in portions, so that between two of them somebody can say that they are not wanted any more. */
final class Portions {
    /** Enough that a model's pass is well used, little enough that it is soon over. */
    private static final int CHARACTERS = 8192;

    private Portions() {}

    /** @throws CancellationException before the first portion that is not wanted */
    static void forEach(List<String> texts, BooleanSupplier wanted, Consumer<List<String>> work) {
        for (int from = 0; from < texts.size(); ) {
            if (!wanted.getAsBoolean()) {
                throw new CancellationException(
                        "Of %d texts the first %d were read, and the others are not wanted any more."
                                .formatted(texts.size(), from));
            }
            int to = from + 1;
            int characters = texts.get(from).length();
            while (to < texts.size() && characters + texts.get(to).length() <= CHARACTERS) {
                characters += texts.get(to++).length();
            }
            work.accept(texts.subList(from, to));
            from = to;
        }
    }
}

package dev.ayni.tensor.foreign;

import java.util.Locale;

/** An instruction set for which the library has kernels; the fastest first, in the order of {@code machine.c}. */
enum InstructionSet {
    AVX512("AVX-512 VNNI"),
    AVXVNNI("AVX-VNNI"),
    AVX2("AVX2"),
    NEON("NEON");

    /** As people call it. */
    final String title;

    InstructionSet(String title) {
        this.title = title;
    }

    /** The beginning of its kernels' names, and what the property says: "avx512". */
    String prefix() {
        return name().toLowerCase(Locale.ROOT);
    }
}

package dev.ayni.tensor.foreign;

import static dev.ayni.tensor.strips.NativeMemory.ALL;
import static dev.ayni.tensor.strips.NativeMemory.FLOAT;
import static dev.ayni.tensor.strips.NativeMemory.LONG;

import dev.ayni.tensor.Rotation;
import dev.ayni.tensor.Workers;
import dev.ayni.tensor.strips.NativeMemory;
import dev.ayni.tensor.strips.Scratch;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Sines and cosines of rotations, computed once for each position, 64 positions at a time, and kept. */
final class Rotations {
    private static final int BLOCK = 64;

    private final Map<Rotation, Table> tables = new HashMap<>();
    private final Arena arena = Arena.ofShared();
    private final Scratch addresses = new Scratch();

    /** Where the addresses of these positions' angles stand: for each pair a cosine, then for each a sine. */
    long angles(int[] positions, Rotation rotation, Workers workers) {
        Table table = tables.computeIfAbsent(rotation, Table::new);
        table.fill(positions, workers);
        addresses.reserve(8L * positions.length);
        for (int t = 0; t < positions.length; t++) {
            ALL.set(LONG, addresses.address() + 8L * t, table.angles(positions[t]));
        }
        return addresses.address();
    }

    void free() {
        arena.close();
        addresses.free();
    }

    private final class Table {
        private final Rotation rotation;
        private final int pairs;
        private long[] blocks = new long[16];

        Table(Rotation rotation) {
            this.rotation = rotation;
            this.pairs = rotation.frequencies().length;
        }

        long angles(int position) {
            return blocks[position / BLOCK] + 8L * pairs * (position % BLOCK);
        }

        private void fill(int[] positions, Workers workers) {
            for (int position : positions) {
                int block = position / BLOCK;
                if (block >= blocks.length) {
                    blocks = Arrays.copyOf(blocks, Math.max(block + 1, 2 * blocks.length));
                }
                if (blocks[block] == 0) {
                    blocks[block] = arena.allocate(8L * pairs * BLOCK, NativeMemory.LINE)
                            .address();
                    workers.run(BLOCK, i -> compute(block * BLOCK + i));
                }
            }
        }

        private void compute(int position) {
            long at = angles(position);
            for (int i = 0; i < pairs; i++) {
                float angle = (float) position * rotation.frequencies()[i];
                ALL.set(FLOAT, at + 4L * i, (float) StrictMath.cos(angle) * rotation.magnitude());
                ALL.set(FLOAT, at + 4L * (pairs + i), (float) StrictMath.sin(angle) * rotation.magnitude());
            }
        }
    }
}

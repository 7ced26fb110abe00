package dev.ayni.tensor.vector;

import static dev.ayni.tensor.strips.NativeMemory.ALL;
import static dev.ayni.tensor.strips.NativeMemory.FLOAT;

import dev.ayni.tensor.Rotation;
import dev.ayni.tensor.strips.NativeMemory;
import java.util.HashMap;
import java.util.Map;

/** Sines and cosines of rotations, computed once for each position, 64 positions at a time, and kept. */
final class RotationTables {
    private static final int BLOCK = 64;

    private final Map<Rotation, Table> tables = new HashMap<>();

    /** The table of a rotation, filled for these positions. */
    Table of(int[] positions, Rotation rotation) {
        Table table = tables.computeIfAbsent(rotation, Table::new);
        for (int position : positions) {
            table.fill(position / BLOCK);
        }
        return table;
    }

    static final class Table {
        private final Rotation rotation;
        private final int pairs;
        private final Map<Integer, float[]> blocks = new HashMap<>();

        Table(Rotation rotation) {
            this.rotation = rotation;
            this.pairs = rotation.frequencies().length;
        }

        private void fill(int block) {
            blocks.computeIfAbsent(block, b -> {
                float[] values = new float[BLOCK * pairs * 2];
                for (int position = 0; position < BLOCK; position++) {
                    for (int i = 0; i < pairs; i++) {
                        float angle = (float) (b * BLOCK + position) * rotation.frequencies()[i];
                        int at = 2 * (position * pairs + i);
                        values[at] = (float) StrictMath.cos(angle) * rotation.magnitude();
                        values[at + 1] = (float) StrictMath.sin(angle) * rotation.magnitude();
                    }
                }
                return values;
            });
        }

        /** Turns the heads of one token, which follow one another. */
        void turn(long first, int heads, int width, int position) {
            float[] angles = blocks.getOrDefault(position / BLOCK, new float[0]);
            int at = 2 * pairs * (position % BLOCK);
            for (int head = 0; head < heads; head++) {
                turn(first + 4L * width * head, angles, at);
            }
        }

        private void turn(long head, float[] angles, int from) {
            head &= NativeMemory.MASK;
            boolean neighbours = rotation.pairing() == Rotation.Pairing.NEIGHBOURS;
            int step = neighbours ? 2 : 1;
            int apart = neighbours ? 1 : pairs;
            for (int i = 0; i < pairs; i++) {
                long first = head + 4L * step * i;
                long second = first + 4L * apart;
                float a = ALL.get(FLOAT, first);
                float b = ALL.get(FLOAT, second);
                float c = angles[from + 2 * i];
                float s = angles[from + 2 * i + 1];
                ALL.set(FLOAT, first, Math.fma(a, c, -(b * s)));
                ALL.set(FLOAT, second, Math.fma(b, c, a * s));
            }
        }
    }
}

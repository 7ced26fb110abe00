package dev.ayni.guard.classifiers;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** A weight for each bucket of n-grams, one byte each in steps of the largest; most are 0, and the file leaves those out. */
final class BucketWeights {
    private final byte[] digits;
    private final float step;

    private BucketWeights(byte[] digits, float step) {
        this.digits = digits;
        this.step = step;
    }

    /** Rounds weights to what the file holds. */
    static BucketWeights rounded(double[] weights) {
        double largest = 0;
        for (int i = 0; i < NGrams.BUCKETS; i++) {
            largest = Math.max(largest, Math.abs(weights[i]));
        }
        float step = (float) (largest / 127);
        byte[] digits = new byte[NGrams.BUCKETS];
        for (int i = 0; step > 0 && i < digits.length; i++) {
            digits[i] = (byte) Math.clamp(Math.round(weights[i] / step), -127, 127);
        }
        return new BucketWeights(digits, step);
    }

    double sum(SparseRow row) {
        double sum = 0;
        int[] places = row.places();
        float[] values = row.values();
        for (int i = 0; i < places.length; i++) {
            sum += digits[places[i]] * (double) values[i];
        }
        return sum * step;
    }

    void write(DataOutput out) throws IOException {
        int kept = 0;
        for (byte digit : digits) {
            kept += digit == 0 ? 0 : 1;
        }
        out.writeFloat(step);
        out.writeInt(kept);
        int before = 0;
        for (int i = 0; i < digits.length; i++) {
            if (digits[i] != 0) {
                int gap = i - before;
                while (gap >= 0x80) {
                    out.writeByte((gap & 0x7F) | 0x80);
                    gap >>>= 7;
                }
                out.writeByte(gap);
                out.writeByte(digits[i]);
                before = i;
            }
        }
    }

    static BucketWeights read(DataInput in) throws IOException {
        float step = in.readFloat();
        int kept = in.readInt();
        byte[] digits = new byte[NGrams.BUCKETS];
        int place = 0;
        for (int i = 0; i < kept; i++) {
            int gap = 0;
            int piece;
            int shift = 0;
            do {
                piece = in.readUnsignedByte();
                gap |= (piece & 0x7F) << shift;
                shift += 7;
            } while (piece >= 0x80);
            place += gap;
            digits[place] = in.readByte();
        }
        return new BucketWeights(digits, step);
    }
}

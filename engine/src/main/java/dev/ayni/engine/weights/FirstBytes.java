package dev.ayni.engine.weights;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** The beginning of a file, by which its kind is known. */
final class FirstBytes {
    private static final int MOST = 512;

    private final byte[] bytes;

    private FirstBytes(byte[] bytes) {
        this.bytes = bytes;
    }

    /** The first 512 bytes at most; none for a folder, a pipe, a device or a file that cannot be read. */
    static FirstBytes of(Path path) {
        if (!Files.isRegularFile(path)) {
            return new FirstBytes(new byte[0]);
        }
        try (InputStream in = Files.newInputStream(path)) {
            return new FirstBytes(in.readNBytes(MOST));
        } catch (IOException e) {
            return new FirstBytes(new byte[0]); // whoever opens the file says why it cannot be read
        }
    }

    int size() {
        return bytes.length;
    }

    int at(int index) {
        return index < bytes.length ? Byte.toUnsignedInt(bytes[index]) : -1;
    }

    /** Whether the file begins with these characters, each a byte of that number. */
    boolean startsWith(String latin1) {
        return holds(0, latin1);
    }

    boolean holds(int at, String latin1) {
        byte[] expected = latin1.getBytes(StandardCharsets.ISO_8859_1);
        return bytes.length >= at + expected.length
                && Arrays.equals(bytes, at, at + expected.length, expected, 0, expected.length);
    }

    /** The first eight bytes as a little-endian number; -1 where there are fewer. */
    long number() {
        return bytes.length < Long.BYTES
                ? -1
                : ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }

    /** The bytes as text, one character each. */
    String latin1() {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}

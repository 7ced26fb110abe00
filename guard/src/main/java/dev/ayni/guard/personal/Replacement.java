package dev.ayni.guard.personal;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** What is put in the place of a piece of personal data. Presidio's operators, with its defaults. */
public sealed interface Replacement {
    /** Presidio's name of it. */
    String name();

    /** What stands in the place of a piece. */
    String of(String entity, String piece);

    /**
     * Another text.
     *
     * @param text null: the entity's name, as {@code <PERSON>}
     */
    record Replace(@Nullable String text) implements Replacement {
        @Override
        public String name() {
            return "replace";
        }

        @Override
        public String of(String entity, String piece) {
            return text == null ? "<" + entity + ">" : text;
        }
    }

    /** Nothing. */
    record Redact() implements Replacement {
        @Override
        public String name() {
            return "redact";
        }

        @Override
        public String of(String entity, String piece) {
            return "";
        }
    }

    /** The piece itself. */
    record Keep() implements Replacement {
        @Override
        public String name() {
            return "keep";
        }

        @Override
        public String of(String entity, String piece) {
            return piece;
        }
    }

    /**
     * The piece with some of its characters covered.
     *
     * @param cover one character
     * @param count how many are covered at most, in code points; below 1: none
     * @param fromEnd whether the last ones are covered, not the first
     */
    record Mask(String cover, int count, boolean fromEnd) implements Replacement {
        public Mask {
            if (cover.codePointCount(0, cover.length()) > 1) {
                throw new IllegalArgumentException("A mask is made of '%s'. Expected one character.".formatted(cover));
            }
        }

        /** All of it. */
        public static Mask whole() {
            return new Mask("*", Integer.MAX_VALUE, false);
        }

        @Override
        public String name() {
            return "mask";
        }

        @Override
        public String of(String entity, String piece) {
            int length = piece.codePointCount(0, piece.length());
            int covered = Math.max(0, Math.min(length, count));
            int border = piece.offsetByCodePoints(0, fromEnd ? length - covered : covered);
            return fromEnd
                    ? piece.substring(0, border) + cover.repeat(covered)
                    : cover.repeat(covered) + piece.substring(border);
        }
    }

    /**
     * A digest of the piece, in hexadecimal digits.
     *
     * @param algorithm {@code sha256} or {@code sha512}
     * @param salt 16 bytes at least, which make the same piece the same digest; null: 32 random ones each time
     */
    record Hash(String algorithm, byte @Nullable [] salt) implements Replacement {
        private static final SecureRandom RANDOM = new SecureRandom();

        public Hash {
            if (!algorithm.equals("sha256") && !algorithm.equals("sha512")) {
                throw new IllegalArgumentException("'%s' is no hash. Expected sha256 or sha512.".formatted(algorithm));
            }
            if (salt != null && salt.length < 16) {
                throw new IllegalArgumentException(
                        "The salt of a hash has %d bytes. Expected 16 at least, or none, and then it is random each time."
                                .formatted(salt.length));
            }
        }

        /** A digest that is another each time. */
        public static Hash randomlySalted(String algorithm) {
            return new Hash(algorithm, null);
        }

        @Override
        public String name() {
            return "hash";
        }

        @Override
        public String of(String entity, String piece) {
            byte[] salted = salt;
            if (salted == null) {
                salted = new byte[32];
                RANDOM.nextBytes(salted);
            }
            try {
                MessageDigest digest = MessageDigest.getInstance(algorithm.equals("sha256") ? "SHA-256" : "SHA-512");
                digest.update(piece.getBytes(StandardCharsets.UTF_8));
                return HexFormat.of().formatHex(digest.digest(salted));
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("This Java has no " + algorithm + ".", e);
            }
        }

        @Override
        public String toString() {
            return "Hash[" + algorithm + "]";
        }
    }

    /**
     * The piece under AES in CBC mode with a random start and PKCS 7 padding, start first, in the letters of Base64 for
     * addresses: what Presidio writes, so that each reads the other's.
     *
     * @param key 16, 24 or 32 bytes
     */
    record Encrypt(byte[] key) implements Replacement {
        private static final SecureRandom RANDOM = new SecureRandom();
        private static final int BLOCK = 16;

        public Encrypt {
            if (key.length != 16 && key.length != 24 && key.length != 32) {
                throw new IllegalArgumentException(
                        "A key for AES has %d bytes. Expected 16, 24 or 32.".formatted(key.length));
            }
        }

        @Override
        public String name() {
            return "encrypt";
        }

        @Override
        public String of(String entity, String piece) {
            byte[] start = new byte[BLOCK];
            RANDOM.nextBytes(start);
            try {
                byte[] sealed = cipher(Cipher.ENCRYPT_MODE, start).doFinal(piece.getBytes(StandardCharsets.UTF_8));
                byte[] both = new byte[BLOCK + sealed.length];
                System.arraycopy(start, 0, both, 0, BLOCK);
                System.arraycopy(sealed, 0, both, BLOCK, sealed.length);
                return Base64.getUrlEncoder().encodeToString(both);
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("This Java cannot encrypt with AES.", e);
            }
        }

        /**
         * The piece again.
         *
         * @throws IllegalArgumentException if the text was not made with this key
         */
        public String undone(String text) {
            try {
                byte[] both = Base64.getUrlDecoder().decode(text);
                if (both.length < 2 * BLOCK) {
                    throw new GeneralSecurityException("too short");
                }
                byte[] start = java.util.Arrays.copyOf(both, BLOCK);
                byte[] plain = cipher(Cipher.DECRYPT_MODE, start).doFinal(both, BLOCK, both.length - BLOCK);
                return new String(plain, StandardCharsets.UTF_8);
            } catch (GeneralSecurityException | IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "A piece cannot be decrypted. Expected what 'encrypt' wrote, and the key it was written with.",
                        e);
            }
        }

        private Cipher cipher(int mode, byte[] start) throws GeneralSecurityException {
            Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
            cipher.init(mode, new SecretKeySpec(key, "AES"), new IvParameterSpec(start));
            return cipher;
        }

        @Override
        public String toString() {
            return "Encrypt[" + key.length * 8 + " bits]";
        }
    }
}

package dev.ayni.tokenizer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a model's text goes through before it is cut, as SentencePiece compiles it ("precompiled_charsmap"): a trie of
 * characters, and of sequences of them, and the texts that stand for them.
 */
final class CharacterMap {
    /*
     * The trie is a double array (Aoe 1989) as Darts-clone writes it: 32 bits a node, of which the lowest 8 are the byte
     * that leads to it, bit 8 says that a value hangs below, and the upper 22 are where its children stand, in steps of 256
     * if bit 9 is set. A value is where in the texts the replacement begins; a zero byte ends it.
     */
    private static final Pattern GRAPHEME = Pattern.compile("\\X");

    /** Longer clusters of characters are looked up character by character. */
    private static final int LONGEST_CLUSTER = 5;

    private final int[] nodes;
    private final byte[] texts;

    private CharacterMap(int[] nodes, byte[] texts) {
        this.nodes = nodes;
        this.texts = texts;
    }

    /** @throws TokenizerException if the bytes are no such map */
    static CharacterMap of(String file, byte[] map) {
        ByteBuffer buffer = ByteBuffer.wrap(map).order(ByteOrder.LITTLE_ENDIAN);
        int bytes = map.length < 4 ? -1 : buffer.getInt();
        if (bytes < 4 || bytes % 4 != 0 || bytes > map.length - 4) {
            throw damaged(file);
        }
        int[] nodes = new int[bytes / 4];
        buffer.asIntBuffer().get(nodes);
        return new CharacterMap(nodes, Arrays.copyOfRange(map, 4 + bytes, map.length));
    }

    /** @param written in base64, as in tokenizer.json */
    static CharacterMap of(String file, String written) {
        try {
            return of(file, Base64.getDecoder().decode(written));
        } catch (IllegalArgumentException e) {
            throw damaged(file);
        }
    }

    private static TokenizerException damaged(String file) {
        return new TokenizerException(
                "%s: the map of characters that its text goes through (precompiled_charsmap) is damaged. Take another copy of the file."
                        .formatted(file));
    }

    /** The text as SentencePiece changes it: at each place the longest sequence that the map knows. */
    String change(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        StringBuilder changed = new StringBuilder(text.length());
        int rest = 0;
        for (int at = 0; at < utf8.length; ) {
            Found found = find(utf8, at, utf8.length, true);
            if (found == null) {
                at += PairEncoder.utf8Length(utf8[at]);
                continue;
            }
            changed.append(new String(utf8, rest, at - rest, StandardCharsets.UTF_8));
            changed.append(text(found.value()));
            Growth.check(changed.length(), text.length());
            at = found.end();
            rest = at;
        }
        return changed.append(new String(utf8, rest, utf8.length - rest, StandardCharsets.UTF_8))
                .toString();
    }

    /**
     * The text as Hugging Face's tokenizers change it: what a reader takes for one character is replaced as a whole by what
     * the first sequence stands for with which it begins; else each of its characters by itself.
     */
    String changeByGrapheme(String text) {
        StringBuilder changed = new StringBuilder(text.length());
        Matcher grapheme = GRAPHEME.matcher(text);
        while (grapheme.find()) {
            String cluster = grapheme.group();
            String replacement =
                    cluster.getBytes(StandardCharsets.UTF_8).length <= LONGEST_CLUSTER ? first(cluster) : null;
            if (replacement != null) {
                changed.append(replacement);
                Growth.check(changed.length(), text.length());
                continue;
            }
            cluster.codePoints().forEach(point -> {
                String character = Character.toString(point);
                String other = first(character);
                changed.append(other == null ? character : other);
                Growth.check(changed.length(), text.length());
            });
        }
        return changed.toString();
    }

    private @Nullable String first(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        Found found = find(utf8, 0, utf8.length, false);
        return found == null ? null : text(found.value());
    }

    /** A sequence that the map knows. */
    private record Found(int value, int end) {}

    /** What the text begins with at a place: the longest, or the first that ends. */
    private @Nullable Found find(byte[] text, int from, int to, boolean longest) {
        Found best = null;
        int node = children(0, nodes[0]);
        for (int i = from; i < to; i++) {
            int b = text[i] & 0xff;
            node ^= b;
            if (!isNode(node) || (nodes[node] & 0x800000ff) != b) {
                return best;
            }
            int unit = nodes[node];
            node = children(node, unit);
            if ((unit >>> 8 & 1) == 1 && isNode(node)) {
                best = new Found(nodes[node] & 0x7fffffff, i + 1);
                if (!longest) {
                    return best;
                }
            }
        }
        return best;
    }

    private boolean isNode(int node) {
        return node >= 0 && node < nodes.length;
    }

    private static int children(int node, int unit) {
        return node ^ (unit >>> 10) << ((unit & 1 << 9) >>> 6);
    }

    private String text(int start) {
        int end = Math.min(start, texts.length);
        int from = end;
        while (end < texts.length && texts[end] != 0) {
            end++;
        }
        return new String(texts, from, end - from, StandardCharsets.UTF_8);
    }
}

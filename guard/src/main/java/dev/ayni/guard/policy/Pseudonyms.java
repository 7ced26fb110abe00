package dev.ayni.guard.policy;

import dev.ayni.guard.Edit;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** What was put in place of parts of one conversation's texts, so that the same part gets the same name, and names can be put back. */
final class Pseudonyms {
    private final Map<String, String> names = new HashMap<>();
    private final Map<String, String> originals = new LinkedHashMap<>();
    private final Map<String, Integer> counts = new HashMap<>();
    private final byte[] key = new byte[32];
    private int longest;

    Pseudonyms() {
        new SecureRandom().nextBytes(key);
    }

    /** The length of the longest name that may have to be put back. */
    synchronized int longest() {
        return longest;
    }

    synchronized String rewritten(String part, String category, Rewriting rewriting) {
        return switch (rewriting) {
            case REPLACE -> "<" + category + ">";
            case MASK -> "*".repeat(part.codePointCount(0, part.length()));
            case REMOVE -> "";
            case HASH -> "<" + category + "-" + hash(part) + ">";
            case PSEUDONYM -> names.computeIfAbsent(category + "\n" + part, unknown -> name(part, category));
        };
    }

    private String name(String part, String category) {
        String name = "<%s_%d>".formatted(category, counts.merge(category, 1, Integer::sum));
        originals.put(name, part);
        longest = Math.max(longest, name.length());
        return name;
    }

    /**
     * Adds edits that put names back, beside those that there are.
     *
     * @param written how a part is written in this text
     */
    synchronized void restored(String text, List<Edit> edits, UnaryOperator<String> written) {
        originals.forEach((name, original) -> {
            for (int at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + name.length())) {
                int start = at;
                int end = at + name.length();
                if (edits.stream().noneMatch(edit -> edit.start() < end && start < edit.end())) {
                    edits.add(new Edit(start, end, written.apply(original)));
                }
            }
        });
    }

    /** So many digits that nobody confuses two, and with a key that is forgotten: short texts could be guessed from a plain digest. */
    private String hash(String part) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return HexFormat.of().formatHex(mac.doFinal(part.getBytes(StandardCharsets.UTF_8)), 0, 6);
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new AssertionError("every Java platform has HmacSHA256", e);
        }
    }
}

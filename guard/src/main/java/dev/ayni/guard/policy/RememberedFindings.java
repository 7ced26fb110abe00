package dev.ayni.guard.policy;

import dev.ayni.chat.Message;
import dev.ayni.chat.ToolCall;
import dev.ayni.guard.Content;
import dev.ayni.guard.Finding;
import dev.ayni.provenance.Digest;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the checks of one policy have found of late, for texts that come again, such as the earlier messages of a chat. */
final class RememberedFindings {
    /*
     * A text is known by a digest of itself, of its stage, of the conversation before it, and of whose request it is in, so
     * that nobody learns from how soon a decision comes what somebody else has sent. Neither texts nor their parts are kept.
     * What has not come for the longest time is forgotten first.
     */
    private static final int BYTES_OF_AN_ENTRY = 250;
    private static final int BYTES_OF_A_FINDING = 120;

    private final long mostBytes;
    private final Map<Digest, List<Finding>> found = new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;

    /** @param mostBytes of memory that all of it may take */
    RememberedFindings(long mostBytes) {
        this.mostBytes = mostBytes;
    }

    /** What was found in a text; null: it is not known. */
    synchronized @Nullable List<Finding> found(Digest text) {
        return found.get(text);
    }

    /** Keeps what was found. */
    synchronized void keep(Digest text, List<Finding> findings) {
        List<Finding> before = found.put(text, findings);
        bytes += bytes(findings) - (before == null ? 0 : bytes(before));
        Iterator<List<Finding>> oldest = found.values().iterator();
        while (bytes > mostBytes) {
            bytes -= bytes(oldest.next());
            oldest.remove();
        }
    }

    synchronized long bytes() {
        return bytes;
    }

    synchronized int size() {
        return found.size();
    }

    private static long bytes(List<Finding> findings) {
        long bytes = BYTES_OF_AN_ENTRY;
        for (Finding finding : findings) {
            bytes += BYTES_OF_A_FINDING
                    + 2L
                            * (finding.category().length()
                                    + finding.rule().length()
                                    + finding.why().length());
        }
        return bytes;
    }

    /** Tells the texts of one request apart from all others; for one thread. */
    static final class Request {
        private final String principal;
        private List<Message> before = List.of();
        private byte[] conversation = new byte[0];

        /** @param principal whose request it is */
        Request(String principal) {
            this.principal = principal;
        }

        /** The name of a text in its conversation. */
        Digest name(Content content) {
            MessageDigest digest = Digest.sha256();
            digest.update(conversation(content.before()));
            add(digest, principal);
            add(digest, content.stage().name());
            add(digest, content.text());
            return Digest.finish(digest);
        }

        /** A conversation grows while its texts are looked at, and only what is new is digested. */
        private byte[] conversation(List<Message> messages) {
            int known = before.size();
            boolean grown =
                    messages.size() >= known && messages.subList(0, known).equals(before);
            byte[] so = grown ? conversation : new byte[0];
            for (Message message : messages.subList(grown ? known : 0, messages.size())) {
                MessageDigest digest = Digest.sha256();
                digest.update(so);
                add(digest, message.role().name());
                add(digest, message.content());
                message.toolCalls().forEach(call -> add(digest, call));
                ToolCall answered = message.answers();
                if (answered != null) {
                    add(digest, answered);
                }
                so = digest.digest();
            }
            before = messages;
            conversation = so;
            return so;
        }

        private static void add(MessageDigest digest, ToolCall call) {
            add(digest, call.id());
            add(digest, call.name());
            add(digest, call.arguments());
        }

        /** All units of a text, also those that are no characters, and before them how many. */
        private static void add(MessageDigest digest, String text) {
            ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES + 2 * text.length());
            bytes.putInt(text.length());
            bytes.asCharBuffer().put(text);
            digest.update(bytes.array());
        }
    }
}

package dev.ayni.server.openai;

import java.util.UUID;

/** Names for what is made here, unlike any other. */
final class FreshId {
    private FreshId() {}

    /** @param kind what clients expect such a name to begin with: {@code chatcmpl-} */
    static String of(String kind) {
        return kind + UUID.randomUUID().toString().replace("-", "");
    }
}

package dev.ayni.server;

import dev.ayni.server.http.ApiException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** The memory that the bodies of all requests under way may take together. */
final class Bodies {
    private final long budgetBytes;
    private final AtomicLong taken = new AtomicLong();

    Bodies(long budgetBytes) {
        this.budgetBytes = budgetBytes;
    }

    /** @throws ApiException (503) if there is no room for so many bytes more */
    void take(long bytes) {
        if (taken.addAndGet(bytes) > budgetBytes) {
            taken.addAndGet(-bytes);
            throw new ApiException(
                    503,
                    "overloaded",
                    null,
                    Map.of("Retry-After", "5"),
                    "The bodies of the requests under way fill the memory that the server has for them. Send the request again later.");
        }
    }

    void giveBack(long bytes) {
        taken.addAndGet(-bytes);
    }

    long takenBytes() {
        return taken.get();
    }
}

package dev.ayni.server.access;

import dev.ayni.chat.Scheduling;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Who asks.
 *
 * @param principal whose requests these are; work, limits and the ledger go by it
 * @param keyId the key that was shown; empty where none was needed
 * @param roles what the caller may do
 * @param priority of the caller's requests among those that wait
 */
public record Caller(String principal, String keyId, Set<Role> roles, int priority) {
    /** Whoever sits at this machine, where no key is asked for. */
    public static final Caller LOCAL = new Caller("local", "", Set.of(Role.values()), 0);

    public Caller {
        roles = Set.copyOf(roles);
    }

    /** How this caller's requests stand beside others'. */
    public Scheduling scheduling() {
        return new Scheduling(principal, priority, OptionalLong.empty(), true);
    }

    public boolean may(Role role) {
        return roles.contains(role) || roles.contains(Role.ADMIN);
    }
}

package dev.ayni.server.guarding;

import dev.ayni.guard.Content;
import dev.ayni.guard.SupervisedGuard;
import dev.ayni.guard.Verdict;
import dev.ayni.guard.policy.Policy;
import dev.ayni.guard.policy.PolicyGuard;
import dev.ayni.guard.policy.PolicyGuard.Explained;
import dev.ayni.server.access.Caller;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** The guards of a server: one for everybody, and those of keys for which the policy has rules of their own. */
public final class Guards {
    private final Policy policy;
    private final IdentityHashMap<Policy, Guarded> guards = new IdentityHashMap<>();

    private record Guarded(PolicyGuard guard, SupervisedGuard supervised) {}

    public Guards(Policy policy) {
        this.policy = policy;
        add(policy);
        policy.callers().values().forEach(this::add);
    }

    private void add(Policy one) {
        PolicyGuard guard = new PolicyGuard(one);
        guards.put(one, new Guarded(guard, SupervisedGuard.of(guard)));
    }

    /** The policy by which a caller is served: that of the key, else that of its owner, else everybody's. */
    public Policy policy(Caller caller) {
        return policy.of(List.of(caller.keyId(), caller.principal()));
    }

    SupervisedGuard of(Caller caller) {
        return guarded(policy(caller)).supervised();
    }

    /** The guard of whoever cannot be told. */
    SupervisedGuard ofEverybody() {
        return guarded(policy).supervised();
    }

    private Guarded guarded(Policy one) {
        return Objects.requireNonNull(guards.get(one));
    }

    /** What a caller's policy says of a text, with the reasons. */
    Explained explain(Caller caller, Content content) {
        Guarded guarded = guarded(policy(caller));
        return inTime(guarded, content, () -> guarded.guard().explain(content));
    }

    /** The same with all scores, however low. */
    Explained scored(Caller caller, Content content) {
        Guarded guarded = guarded(policy(caller));
        return inTime(guarded, content, () -> guarded.guard().scored(content));
    }

    private static Explained inTime(Guarded guarded, Content content, Callable<@Nullable Explained> looking) {
        return guarded.supervised().inTime(looking, why -> {
            Verdict verdict = guarded.guard()
                    .undecided(
                            content.stage(),
                            content.text().length(),
                            "the guard '%s' could not decide: %s"
                                    .formatted(guarded.guard().name(), why));
            return new Explained(
                    verdict,
                    verdict.findings().stream()
                            .map(finding -> new PolicyGuard.Decision(finding, verdict.action(), "failure", 0))
                            .toList());
        });
    }
}

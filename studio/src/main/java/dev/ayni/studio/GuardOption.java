package dev.ayni.studio;

import dev.ayni.chat.ChatModel;
import dev.ayni.chat.TextModel;
import dev.ayni.engine.LocalModel;
import dev.ayni.guard.GuardedChatModel;
import dev.ayni.guard.GuardedTextModel;
import dev.ayni.guard.VerdictListener;
import dev.ayni.guard.policy.PolicyGuard;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The policy that what is asked and answered has to pass. */
final class GuardOption {
    @Option(
            names = "--guard",
            paramLabel = "POLICY",
            description =
                    "Let nothing in or out that this policy forbids: general, minors, administration, research, or a file. Default: none.")
    private @Nullable String policy;

    private @Nullable PolicyGuard guard;

    /** Reads the policy, so that a mistake in it is told before a model is fetched. */
    void check() {
        if (policy != null && guard == null) {
            guard = new PolicyGuard(GuardCommand.policies().find(policy));
        }
    }

    /** The model, behind the guard if there is one. */
    ChatModel chat(LocalModel model) {
        check();
        return guard == null ? model : new GuardedChatModel(model, guard);
    }

    /** The model as one that continues texts, behind the guard if there is one. */
    TextModel text(LocalModel model) {
        check();
        return guard == null ? model : new GuardedTextModel(model, guard, VerdictListener.NONE, tokens(model));
    }

    private static GuardedTextModel.Tokens tokens(LocalModel model) {
        return new GuardedTextModel.Tokens() {
            @Override
            public String text(List<Integer> ids) {
                return model.tokenizer().decode(ids.stream().mapToInt(id -> id).toArray());
            }

            @Override
            public List<Integer> ids(String text) {
                return Arrays.stream(model.tokenizer().encode(text, true))
                        .boxed()
                        .toList();
            }
        };
    }
}

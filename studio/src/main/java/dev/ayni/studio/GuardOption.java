package dev.ayni.studio;

import dev.ayni.chat.ChatModel;
import dev.ayni.chat.TextModel;
import dev.ayni.engine.LocalModel;
import dev.ayni.guard.GuardedChatModel;
import dev.ayni.guard.GuardedTextModel;
import dev.ayni.guard.VerdictListener;
import dev.ayni.guard.policy.PolicyGuard;
import dev.ayni.hub.Hub;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The policy that what is asked and answered has to pass. */
final class GuardOption implements AutoCloseable {
    @Option(
            names = "--guard",
            paramLabel = "POLICY",
            description =
                    "Let nothing in or out that this policy forbids: general, minors, administration, research, or a"
                            + " file. Default: none.")
    private @Nullable String policy;

    private @Nullable PolicyGuard guard;
    private @Nullable LibraryModels models;

    /**
     * Reads the policy, so that a mistake in it is told before a model is fetched.
     *
     * @param aloud hears which models the guard uses, and which are missing
     */
    void check(Consumer<String> aloud) {
        if (policy != null && guard == null) {
            LibraryModels opened = new LibraryModels(Hub.ofThisUser(), aloud);
            models = opened;
            guard = new PolicyGuard(GuardCommand.policies(opened).find(policy));
        }
    }

    /** Closes the models that the guard has opened. */
    @Override
    public void close() {
        LibraryModels opened = models;
        if (opened != null) {
            opened.close();
        }
    }

    /** The model, behind the guard if there is one. */
    ChatModel chat(LocalModel model) {
        return guard == null ? model : new GuardedChatModel(model, guard);
    }

    /** The model as one that continues texts, behind the guard if there is one. */
    TextModel text(LocalModel model) {
        return guard == null ? model : new GuardedTextModel(model, guard, VerdictListener.NONE, tokens(model));
    }

    static GuardedTextModel.Tokens tokens(LocalModel model) {
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

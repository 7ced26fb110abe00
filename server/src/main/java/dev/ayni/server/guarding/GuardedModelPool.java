package dev.ayni.server.guarding;

import dev.ayni.chat.ChatModel;
import dev.ayni.chat.Embedder;
import dev.ayni.chat.Reranker;
import dev.ayni.chat.TextModel;
import dev.ayni.guard.Guard;
import dev.ayni.guard.GuardedChatModel;
import dev.ayni.guard.GuardedEmbedder;
import dev.ayni.guard.GuardedReranker;
import dev.ayni.guard.GuardedTextModel;
import dev.ayni.guard.VerdictListener;
import dev.ayni.server.http.Exchange;
import dev.ayni.server.http.ReaderLeft;
import dev.ayni.server.models.ModelAround;
import dev.ayni.server.models.ModelPool;
import dev.ayni.server.models.PoolAround;
import dev.ayni.server.models.ServedModel;
import java.util.List;
import java.util.concurrent.CancellationException;

/** A pool whose models can only be asked through a guard. */
public final class GuardedModelPool extends PoolAround {
    private final Guards guards;

    public GuardedModelPool(ModelPool pool, Guards guards) {
        super(pool);
        this.guards = guards;
    }

    /** The model behind the guard for everybody. */
    @Override
    public Lease lease(String name) {
        return around(inner().lease(name), model -> new Guarded(model, guards.ofEverybody(), VerdictListener.NONE));
    }

    /** The model behind the guard for whoever asks, whose decisions the exchange hears. */
    @Override
    public Lease lease(String name, Exchange exchange) {
        Guard guard = guards.of(exchange.caller());
        return around(inner().lease(name, exchange), model -> new Guarded(model, guard, telling(exchange)));
    }

    /** Tells an exchange what is decided; once its reader has left, nothing more is looked at. */
    private static VerdictListener telling(Exchange exchange) {
        return (stage, verdict) -> {
            exchange.decided(stage, verdict);
            if (exchange.left()) {
                throw new ReaderLeft(new CancellationException("nobody waits for what the guard looks at"));
            }
        };
    }

    private static final class Guarded extends ModelAround {
        private final Guard guard;
        private final VerdictListener listener;

        Guarded(ServedModel model, Guard guard, VerdictListener listener) {
            super(model);
            this.guard = guard;
            this.listener = listener;
        }

        @Override
        public ServedModel withTemplate(String source) {
            return new Guarded(inner().withTemplate(source), guard, listener);
        }

        @Override
        public ChatModel chat() {
            return new GuardedChatModel(super.chat(), guard, listener);
        }

        @Override
        public TextModel text() {
            return new GuardedTextModel(super.text(), guard, listener, new GuardedTextModel.Tokens() {
                @Override
                public String text(List<Integer> ids) {
                    return inner().text(ids);
                }

                @Override
                public List<Integer> ids(String text) {
                    return tokens(text, true);
                }
            });
        }

        @Override
        public Embedder embedder() {
            return new GuardedEmbedder(super.embedder(), guard, listener);
        }

        @Override
        public Reranker reranker() {
            return new GuardedReranker(super.reranker(), guard, listener);
        }
    }
}

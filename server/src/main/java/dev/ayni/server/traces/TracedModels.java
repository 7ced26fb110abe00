package dev.ayni.server.traces;

import dev.ayni.chat.ChatModel;
import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.ChatSink;
import dev.ayni.chat.Embedder;
import dev.ayni.chat.Reranker;
import dev.ayni.chat.Scheduling;
import dev.ayni.chat.TextModel;
import dev.ayni.chat.TextRequest;
import dev.ayni.server.http.Exchange;
import dev.ayni.server.models.ModelAround;
import dev.ayni.server.models.ModelPool;
import dev.ayni.server.models.PoolAround;
import dev.ayni.server.models.ServedModel;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Models whose answers are traced. */
final class TracedModels extends PoolAround {
    private final Tracer tracer;
    private final boolean content;

    /** @param content whether traces hold what is asked and answered */
    TracedModels(ModelPool pool, Tracer tracer, boolean content) {
        super(pool);
        this.tracer = tracer;
        this.content = content;
    }

    @Override
    public Lease lease(String name) {
        return traced(inner().lease(name), name);
    }

    @Override
    public Lease lease(String name, Exchange exchange) {
        return traced(inner().lease(name, exchange), name);
    }

    private Lease traced(Lease lease, String name) {
        Context context = Context.current(); // models answer in other threads, too
        return around(lease, model -> new Traced(model, name, context));
    }

    private final class Traced extends ModelAround {
        private final String asked;
        private final Context context;

        Traced(ServedModel model, String asked, Context context) {
            super(model);
            this.asked = asked;
            this.context = context;
        }

        private AnswerSpan begin(String operation) {
            return new AnswerSpan(tracer, context, operation, asked, card().name(), content);
        }

        @Override
        public ServedModel withTemplate(String source) {
            return new Traced(inner().withTemplate(source), asked, context);
        }

        @Override
        protected void answer(ChatModel chat, ChatRequest request, List<ChatSink> answers) {
            AnswerSpan span = begin("chat");
            span.asked(request, answers.size());
            span.around(() -> super.answer(chat, request, span.watched(answers)));
        }

        @Override
        protected void complete(TextModel text, TextRequest request, List<ChatSink> answers) {
            AnswerSpan span = begin("text_completion");
            span.asked(request, answers.size());
            span.around(() -> super.complete(text, request, span.watched(answers)));
        }

        @Override
        protected Embedder.Embeddings embed(
                Embedder embedder, List<String> texts, Scheduling scheduling, BooleanSupplier wanted) {
            AnswerSpan span = begin("embeddings");
            span.width(embedder.width());
            return span.around(() -> {
                Embedder.Embeddings embeddings = super.embed(embedder, texts, scheduling, wanted);
                span.read(embeddings.tokens());
                return embeddings;
            });
        }

        @Override
        protected Reranker.Ranking rank(
                Reranker reranker, String query, List<String> documents, BooleanSupplier wanted) {
            AnswerSpan span = begin("rerank");
            return span.around(() -> {
                Reranker.Ranking ranking = super.rank(reranker, query, documents, wanted);
                span.read(ranking.tokens());
                return ranking;
            });
        }
    }
}

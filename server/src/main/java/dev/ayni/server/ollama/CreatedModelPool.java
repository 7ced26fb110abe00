package dev.ayni.server.ollama;

import dev.ayni.chat.ChatModel;
import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.ChatSink;
import dev.ayni.chat.Embedder;
import dev.ayni.chat.Message;
import dev.ayni.chat.Reranker;
import dev.ayni.chat.TextModel;
import dev.ayni.chat.TextRequest;
import dev.ayni.engine.generation.Load;
import dev.ayni.hub.CreatedModel;
import dev.ayni.hub.Hub;
import dev.ayni.server.models.Defaults;
import dev.ayni.server.models.ModelCard;
import dev.ayni.server.models.ModelPool;
import dev.ayni.server.models.ServedModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A pool with the models, too, that were made of others: they share the weights of those. Models that Ollama has pulled begin
 * with the words that came with them.
 */
public final class CreatedModelPool implements ModelPool {
    private final ModelPool pool;
    private final Hub hub;

    /** @param pool has the models that have weights; closed with this one */
    public CreatedModelPool(ModelPool pool, Hub hub) {
        this.pool = pool;
        this.hub = hub;
    }

    @Override
    public List<ModelCard> models() {
        List<ModelCard> cards = new ArrayList<>(pool.models());
        hub.created().list().stream().flatMap(model -> card(model).stream()).forEach(cards::add);
        return cards;
    }

    @Override
    public Optional<ModelCard> find(String name) {
        return hub.created().find(name).flatMap(this::card).or(() -> pool.find(name));
    }

    /** Empty if the model that it was made of is no longer here. */
    private Optional<ModelCard> card(CreatedModel model) {
        return pool.find(model.from()).map(base -> named(base, model));
    }

    private static ModelCard named(ModelCard base, CreatedModel model) {
        return new ModelCard(
                model.name(),
                base.family(),
                base.parameters(),
                base.quantization(),
                base.bytes(),
                base.context(),
                base.digest(),
                model.created(),
                base.abilities());
    }

    @Override
    public Map<String, Load> loads() {
        return pool.loads();
    }

    @Override
    public Lease lease(String name) {
        Optional<CreatedModel> model = hub.words(name);
        if (model.isEmpty()) {
            return pool.lease(name);
        }
        Lease lease = pool.lease(model.get().from());
        return new Lease() {
            @Override
            public ServedModel model() {
                return new Created(lease.model(), model.get());
            }

            @Override
            public void keepAlive(Duration after) {
                lease.keepAlive(after);
            }

            @Override
            public void close() {
                lease.close();
            }
        };
    }

    @Override
    public List<Loaded> loaded() {
        return pool.loaded();
    }

    @Override
    public void unload(String name) {
        pool.unload(hub.created().find(name).map(CreatedModel::from).orElse(name));
    }

    @Override
    public void close() {
        pool.close();
    }

    /** A model with what comes before every conversation. */
    private record Created(ServedModel base, CreatedModel made) implements ServedModel {
        @Override
        public ModelCard card() {
            return named(base.card(), made);
        }

        @Override
        public ChatModel chat() {
            ChatModel chat = base.chat();
            return new ChatModel() {
                @Override
                public String name() {
                    return made.name();
                }

                @Override
                public void chat(ChatRequest request, ChatSink sink) {
                    chat.chat(whole(request), sink);
                }

                @Override
                public void chat(ChatRequest request, List<ChatSink> answers) {
                    chat.chat(whole(request), answers);
                }
            };
        }

        /** A request's own system message counts in place of the model's. */
        private ChatRequest whole(ChatRequest request) {
            List<Message> messages = new ArrayList<>();
            List<Message> asked = request.messages();
            boolean told = !asked.isEmpty() && asked.getFirst().role() == Message.Role.SYSTEM;
            if (told) {
                messages.add(asked.getFirst());
            } else if (made.system() != null) {
                messages.add(Message.system(made.system()));
            }
            for (CreatedModel.Turn turn : made.messages()) {
                messages.add(
                        turn.role().equals("user") ? Message.user(turn.content()) : Message.assistant(turn.content()));
            }
            messages.addAll(asked.subList(told ? 1 : 0, asked.size()));
            return request.with(messages);
        }

        @Override
        public Defaults defaults() {
            return new CreatedDefaults(made.parameters());
        }

        @Override
        public TextModel text() {
            return base.text();
        }

        @Override
        public Embedder embedder() {
            return base.embedder();
        }

        @Override
        public Reranker reranker() {
            return base.reranker();
        }

        @Override
        public List<Integer> tokens(String text, boolean special) {
            return base.tokens(text, special);
        }

        @Override
        public List<Integer> begin() {
            return base.begin();
        }

        @Override
        public String text(List<Integer> ids) {
            return base.text(ids);
        }

        @Override
        public String prompt(ChatRequest request) {
            return base.prompt(whole(request));
        }

        @Override
        public List<Integer> promptIds(ChatRequest request) {
            return base.promptIds(whole(request));
        }

        @Override
        public List<Integer> promptIds(TextRequest request) {
            return base.promptIds(request);
        }
    }
}

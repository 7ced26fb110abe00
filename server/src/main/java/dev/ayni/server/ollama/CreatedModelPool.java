package dev.ayni.server.ollama;

import dev.ayni.chat.ChatModel;
import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.ChatSink;
import dev.ayni.chat.Message;
import dev.ayni.hub.CreatedModel;
import dev.ayni.hub.Hub;
import dev.ayni.server.models.Defaults;
import dev.ayni.server.models.ModelAround;
import dev.ayni.server.models.ModelCard;
import dev.ayni.server.models.ModelPool;
import dev.ayni.server.models.PoolAround;
import dev.ayni.server.models.ServedModel;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A pool with the models, too, that were made of others: they share the weights of those. Models that Ollama has pulled begin
 * with the words that came with them.
 */
public final class CreatedModelPool extends PoolAround {
    private final Hub hub;

    /** @param pool has the models that have weights; closed with this one */
    public CreatedModelPool(ModelPool pool, Hub hub) {
        super(pool);
        this.hub = hub;
    }

    @Override
    public List<ModelCard> models() {
        List<ModelCard> cards = new ArrayList<>(inner().models());
        hub.created().list().stream().flatMap(model -> card(model).stream()).forEach(cards::add);
        return cards;
    }

    @Override
    public List<String> names() {
        List<String> names = new ArrayList<>(inner().names());
        hub.created().list().stream()
                .filter(model -> card(model).isPresent())
                .map(CreatedModel::name)
                .forEach(names::add);
        return names;
    }

    @Override
    public Optional<ModelCard> find(String name) {
        return hub.created().find(name).flatMap(this::card).or(() -> inner().find(name));
    }

    /** Empty if the model that it was made of is no longer here. */
    private Optional<ModelCard> card(CreatedModel model) {
        return inner().find(model.from()).map(base -> named(base, model));
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
                abilities(base, model));
    }

    /** With a template of its own, a base model converses, too. */
    private static Set<ModelCard.Ability> abilities(ModelCard base, CreatedModel model) {
        if (model.template() == null || !base.abilities().contains(ModelCard.Ability.COMPLETE)) {
            return base.abilities();
        }
        Set<ModelCard.Ability> abilities = EnumSet.copyOf(base.abilities());
        abilities.add(ModelCard.Ability.CHAT);
        return abilities;
    }

    @Override
    public Lease lease(String name) {
        return hub.words(name)
                .map(made -> around(inner().lease(made.from()), model -> new Created(written(model, made), made)))
                .orElseGet(() -> inner().lease(name));
    }

    private static ServedModel written(ServedModel base, CreatedModel made) {
        String template = made.template();
        return template == null ? base : base.withTemplate(template);
    }

    @Override
    public void unload(String name) {
        inner().unload(hub.created().find(name).map(CreatedModel::from).orElse(name));
    }

    /** A model with what comes before every conversation. */
    private static final class Created extends ModelAround {
        private final CreatedModel made;

        Created(ServedModel base, CreatedModel made) {
            super(base);
            this.made = made;
        }

        @Override
        public ModelCard card() {
            return named(inner().card(), made);
        }

        @Override
        protected void answer(ChatModel chat, ChatRequest request, List<ChatSink> answers) {
            super.answer(chat, whole(request), answers);
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
        public String prompt(ChatRequest request) {
            return inner().prompt(whole(request));
        }

        @Override
        public List<Integer> promptIds(ChatRequest request) {
            return inner().promptIds(whole(request));
        }
    }
}

package dev.ayni.engine;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.chat.ChatEvent.TokenProbability;
import dev.ayni.chat.ChatModel;
import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.ChatSink;
import dev.ayni.chat.Limits;
import dev.ayni.chat.TextModel;
import dev.ayni.chat.TextRequest;
import dev.ayni.chat.Usage;
import dev.ayni.engine.generation.Generation;
import dev.ayni.engine.generation.Generator;
import dev.ayni.engine.generation.Settings;
import dev.ayni.engine.generation.Step;
import dev.ayni.engine.machine.Cliff;
import dev.ayni.engine.machine.Jvm;
import dev.ayni.engine.machine.Machine;
import dev.ayni.engine.models.Architectures;
import dev.ayni.engine.models.Model;
import dev.ayni.engine.models.ModelSpec;
import dev.ayni.engine.weights.Weights;
import dev.ayni.engine.weights.WeightsException;
import dev.ayni.engine.weights.WeightsFiles;
import dev.ayni.template.ChatTemplate;
import dev.ayni.tensor.KernelChoice;
import dev.ayni.tensor.Kernels;
import dev.ayni.tokenizer.Tokenizer;
import dev.ayni.tokenizer.Tokenizer.Decoder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A model opened from its files: it converses, continues texts, and shows its parts. Several threads may use it. */
public final class LocalModel implements ChatModel, TextModel, AutoCloseable {
    private final Weights weights;
    private final Kernels kernels;
    private final Model model;
    private final @Nullable Tokenizer tokenizer;
    private final @Nullable ChatTemplate template;
    private final Generator generator;

    private LocalModel(
            Weights weights,
            Kernels kernels,
            Model model,
            @Nullable Tokenizer tokenizer,
            @Nullable ChatTemplate template,
            int context) {
        this.weights = weights;
        this.kernels = kernels;
        this.model = model;
        this.tokenizer = tokenizer;
        this.template = template;
        this.generator = new Generator(
                model, context, tokenizer == null ? Set.of() : tokenizer.roles().ends());
    }

    /**
     * Opens a model.
     *
     * @param path a .gguf file, or a folder with config.json, safetensors and tokenizer files; without tokenizer files only
     *     {@link #generator} and {@link #model} work
     * @throws WeightsException if the files are broken or of a family that is not computed; the letter says what to do
     */
    public static LocalModel open(Path path, EngineOptions options) throws IOException {
        Weights weights = WeightsFiles.open(path);
        Kernels kernels = null;
        Model model = null;
        try {
            int threads = options.computingThreads();
            Cliff.of(Jvm.here(), Machine.here(), new Cliff.Load(threads, weights.bytes()))
                    .forEach(cliff -> options.aloud().accept("slow: %s %s".formatted(cliff.problem(), cliff.cure())));
            kernels = KernelChoice.open(options.kernels(), threads, options.aloud());
            model = Architectures.build(weights, kernels);
            Tokenizer tokenizer = hasTokenizer(weights) ? ModelFiles.tokenizer(weights) : null;
            Optional<String> template = ModelFiles.templateSource(weights);
            return new LocalModel(
                    weights,
                    kernels,
                    model,
                    tokenizer,
                    template.isPresent() ? ChatTemplate.parse(template.get()) : null,
                    context(model.spec(), options));
        } catch (Throwable e) {
            closeAll(model, kernels, weights);
            throw e;
        }
    }

    private static boolean hasTokenizer(Weights weights) {
        return switch (weights.metadata().dialect()) {
            case GGUF ->
                weights.metadata()
                        .optionalText("tokenizer.ggml.model")
                        .filter(kind -> !kind.equals("none") && !kind.equals("no_vocab")) // how converters say it
                        .isPresent();
            case HUGGING_FACE -> ModelFiles.hasTokenizer(weights.path());
        };
    }

    private static int context(ModelSpec spec, EngineOptions options) {
        if (options.context() == 0) {
            return Math.min(spec.context(), EngineOptions.USUAL_CONTEXT);
        }
        if (options.context() > spec.context()) {
            options.aloud()
                    .accept(
                            "context: %d tokens, though the model was trained for %d: what lies beyond may make no sense"
                                    .formatted(options.context(), spec.context()));
        }
        return options.context();
    }

    @Override
    public String name() {
        return model.spec().name();
    }

    public ModelSpec spec() {
        return model.spec();
    }

    public Weights weights() {
        return weights;
    }

    public Kernels kernels() {
        return kernels;
    }

    /** The forward pass itself; not to be used while {@link #generator} is. */
    public Model model() {
        return model;
    }

    /** Continues token ids. */
    public Generator generator() {
        return generator;
    }

    /** How many tokens a conversation may have. */
    public int context() {
        return generator.context();
    }

    /**
     * The model's tokenizer.
     *
     * @throws WeightsException if the model's folder has none
     */
    public Tokenizer tokenizer() {
        if (tokenizer == null) {
            throw new WeightsException(
                    "%s has no tokenizer: neither tokenizer.json nor tokenizer.model was found beside the weights. Get the whole model, or give token ids."
                            .formatted(weights.path()));
        }
        return tokenizer;
    }

    /** How the model wants conversations written; empty for a base model. */
    public Optional<ChatTemplate> chatTemplate() {
        return Optional.ofNullable(template);
    }

    /**
     * Answers a conversation. What earlier turns have in common with this one is not computed again.
     *
     * @throws NoChatTemplateException if the model is a base model
     */
    @Override
    public void chat(ChatRequest request, ChatSink sink) {
        if (template == null) {
            throw new NoChatTemplateException(name());
        }
        int[] prompt = new ChatPrompt(template, tokenizer()).encode(request.messages(), LocalDateTime.now());
        run(prompt, new Settings(request.sampling(), request.limits(), request.logProbabilities()), sink);
    }

    /** Continues a text as it stands, after the begin token where the model expects one. */
    @Override
    public void complete(TextRequest request, ChatSink sink) {
        int[] text = tokenizer().encode(request.text(), false);
        int[] prompt = text;
        if (tokenizer().roles().addBegin() && tokenizer().roles().begin().isPresent()) {
            prompt = new int[text.length + 1];
            prompt[0] = tokenizer().roles().begin().getAsInt();
            System.arraycopy(text, 0, prompt, 1, text.length);
        }
        run(prompt, new Settings(request.sampling(), request.limits(), request.logProbabilities()), sink);
    }

    private void run(int[] prompt, Settings settings, ChatSink sink) {
        long start = System.nanoTime();
        long first = start;
        Decoder decoder = tokenizer().decoder();
        StopStrings stops = new StopStrings(settings.limits().stop());
        try (Generation generation = generator.start(prompt, settings)) {
            Reason reason = null;
            while (reason == null) {
                switch (generation.next()) {
                    case Step.Reading reading -> {
                        if (!sink.accept(new ChatEvent.Working())) {
                            reason = Reason.CANCELLED;
                        }
                    }
                    case Step.Token token -> {
                        if (generation.generated() == 1) {
                            first = System.nanoTime();
                        }
                        if (!show(token, decoder, stops, settings.limits(), sink)) {
                            reason = Reason.CANCELLED;
                        } else if (stops.found()) {
                            reason = Reason.STOP;
                        }
                    }
                    case Step.Ended ended -> reason = ended.reason();
                }
            }
            long end = System.nanoTime();
            if (reason != Reason.CANCELLED) {
                String rest = stops.accept(decoder.finish()) + stops.finish();
                if (!rest.isEmpty()) {
                    sink.accept(new ChatEvent.Text(rest));
                }
            }
            sink.accept(new ChatEvent.Finished(
                    reason,
                    new Usage(
                            prompt.length,
                            generation.reused(),
                            generation.generated(),
                            context(),
                            first - start,
                            end - first)));
        }
    }

    /** Passes a token on; false if the reader wants no more. */
    private boolean show(Step.Token token, Decoder decoder, StopStrings stops, Limits limits, ChatSink sink) {
        boolean ends = tokenizer().roles().ends().contains(token.id()) && !limits.ignoreEnd();
        String text = ends ? "" : decoder.accept(token.id());
        if (!Double.isNaN(token.logProbability())) {
            ChatEvent event = new ChatEvent.LogProbability(
                    new TokenProbability(token.id(), text, token.logProbability()),
                    token.alternatives().stream()
                            .map(c -> new TokenProbability(c.id(), tokenizer().decode(c.id()), c.logProbability()))
                            .toList());
            if (!sink.accept(event)) {
                return false;
            }
        }
        String shown = stops.accept(text);
        return sink.accept(shown.isEmpty() ? new ChatEvent.Working() : new ChatEvent.Text(shown));
    }

    /** Forgets what earlier conversations said. */
    public void forgetConversations() {
        generator.forget();
    }

    @Override
    public void close() {
        generator.close();
        closeAll(model, kernels, weights);
    }

    private static void closeAll(@Nullable Model model, @Nullable Kernels kernels, Weights weights) {
        if (model != null) {
            model.close();
        }
        if (kernels != null) {
            kernels.close();
        }
        weights.close();
    }
}

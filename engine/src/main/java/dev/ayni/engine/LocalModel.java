package dev.ayni.engine;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.chat.ChatModel;
import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.ChatSink;
import dev.ayni.chat.Limits;
import dev.ayni.chat.Message;
import dev.ayni.chat.Sampling;
import dev.ayni.chat.Sampling.Guidance;
import dev.ayni.chat.Scheduling;
import dev.ayni.chat.Shape;
import dev.ayni.chat.TextModel;
import dev.ayni.chat.TextRequest;
import dev.ayni.chat.TextRequest.Prompt;
import dev.ayni.chat.Usage;
import dev.ayni.engine.generation.BeamSearch;
import dev.ayni.engine.generation.Capacity;
import dev.ayni.engine.generation.Drafting;
import dev.ayni.engine.generation.Encoding;
import dev.ayni.engine.generation.Generation;
import dev.ayni.engine.generation.Generator;
import dev.ayni.engine.generation.Load;
import dev.ayni.engine.generation.PromptException;
import dev.ayni.engine.generation.Settings;
import dev.ayni.engine.generation.Step;
import dev.ayni.engine.machine.Cliff;
import dev.ayni.engine.machine.Jvm;
import dev.ayni.engine.machine.Machine;
import dev.ayni.engine.models.Architectures;
import dev.ayni.engine.models.KvPages;
import dev.ayni.engine.models.Model;
import dev.ayni.engine.models.ModelSpec;
import dev.ayni.engine.shape.CompiledShape;
import dev.ayni.engine.shape.FramedValues;
import dev.ayni.engine.shape.ShapeException;
import dev.ayni.engine.shape.Shapes;
import dev.ayni.engine.weights.Weights;
import dev.ayni.engine.weights.WeightsException;
import dev.ayni.engine.weights.WeightsFiles;
import dev.ayni.template.ChatTemplate;
import dev.ayni.template.TemplateException;
import dev.ayni.tensor.KernelChoice;
import dev.ayni.tensor.Kernels;
import dev.ayni.tokenizer.Tokenizer;
import dev.ayni.tokenizer.Tokenizer.Roles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A model opened from its files: it converses, continues texts, makes vectors of them, and shows its parts. Several threads
 * may use it.
 */
public final class LocalModel implements ChatModel, TextModel, LocalEmbedder {
    private final Weights weights;
    private final Kernels kernels;
    private final Model model;
    private final @Nullable Tokenizer tokenizer;
    private final @Nullable ChatTemplate template;
    private final String templateSource;
    private final Generator generator;
    private final @Nullable LocalModel draft;
    private final @Nullable Shapes shapes;
    private final @Nullable LongTexts longTexts;

    private LocalModel(
            Weights weights,
            Kernels kernels,
            Model model,
            @Nullable Tokenizer tokenizer,
            String templateSource,
            int context,
            Capacity capacity,
            @Nullable LocalModel draft,
            Drafting drafting) {
        this.weights = weights;
        this.kernels = kernels;
        this.model = model;
        this.tokenizer = tokenizer;
        this.template = templateSource.isEmpty() ? null : ChatTemplate.parse(templateSource);
        this.templateSource = templateSource;
        this.draft = draft;
        this.generator = new Generator(
                model, context, tokenizer == null ? Set.of() : tokenizer.roles().ends(), drafting, capacity);
        this.longTexts = tokenizer == null ? null : new LongTexts(tokenizer, context);
        this.shapes = tokenizer == null
                ? null
                : new Shapes(
                        tokenizer,
                        model.spec().vocabulary(),
                        tokenizer.roles().ends(),
                        ChatPrompt.marks(templateSource));
    }

    /** The same model, which writes conversations by another template. */
    private LocalModel(LocalModel other, String templateSource) {
        this.weights = other.weights;
        this.kernels = other.kernels;
        this.model = other.model;
        this.tokenizer = other.tokenizer;
        this.template = ChatTemplate.parse(templateSource);
        this.templateSource = templateSource;
        this.draft = other.draft;
        this.generator = other.generator;
        this.longTexts = other.longTexts;
        this.shapes = new Shapes(
                other.tokenizer(),
                model.spec().vocabulary(),
                other.tokenizer().roles().ends(),
                ChatPrompt.marks(templateSource));
    }

    /**
     * The same model with the same memory, which writes conversations by another chat template than that of its file. Closing
     * one closes the other.
     *
     * @param templateSource in Jinja
     * @throws TemplateException if it is none, naming the line
     */
    public LocalModel withTemplate(String templateSource) {
        return new LocalModel(this, templateSource);
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
        LocalModel draft = null;
        try {
            int threads = options.computingThreads();
            Cliff.of(Jvm.here(), Machine.here(), new Cliff.Load(threads, weights.bytes()))
                    .forEach(cliff -> options.aloud().accept("slow: %s %s".formatted(cliff.problem(), cliff.cure())));
            kernels = KernelChoice.open(options.kernels(), threads, options.aloud());
            model = Architectures.build(weights, kernels, options.cache());
            Tokenizer tokenizer = hasTokenizer(weights) ? ModelFiles.tokenizer(weights) : null;
            String template = ModelFiles.templateSource(weights).orElse("");
            boolean lookup = options.draft().equals(EngineOptions.LOOKUP);
            if (!lookup && !options.draft().equals(EngineOptions.NO_DRAFT)) {
                draft = draft(Path.of(options.draft()), options, model.spec(), tokenizer);
            }
            int context = context(model.spec(), options);
            return new LocalModel(
                    weights,
                    kernels,
                    model,
                    tokenizer,
                    template,
                    context,
                    capacity(options.capacity(), model, context),
                    draft,
                    draft != null ? Drafting.of(draft.model) : lookup ? Drafting.LOOKUP : Drafting.NONE);
        } catch (Throwable e) {
            if (draft != null) {
                draft.close();
            }
            closeAll(model, kernels, weights);
            throw e;
        }
    }

    /** Opens a smaller model, whose tokens must be the large one's: guesses are token ids. */
    private static LocalModel draft(Path path, EngineOptions options, ModelSpec large, @Nullable Tokenizer tokens)
            throws IOException {
        LocalModel draft = open(
                path,
                new EngineOptions(
                        options.kernels(),
                        options.threads(),
                        options.context(),
                        EngineOptions.NO_DRAFT,
                        options.cache(),
                        options.capacity(),
                        options.aloud()));
        if (draft.spec().vocabulary() != large.vocabulary()
                || tokens != null && draft.tokenizer != null && !sameTokens(tokens, draft.tokenizer)) {
            draft.close();
            throw new WeightsException(
                    "%s (%d token ids) cannot guess for %s (%d): their tokens differ. Give a smaller model of the same family, or --draft lookup."
                            .formatted(draft.name(), draft.spec().vocabulary(), large.name(), large.vocabulary()));
        }
        return draft;
    }

    private static boolean sameTokens(Tokenizer one, Tokenizer other) {
        return one.size() == other.size()
                && IntStream.range(0, one.size()).allMatch(id -> one.piece(id).equals(other.piece(id)));
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

    /** The capacity that was asked for, or what this machine's free memory allows. */
    private static Capacity capacity(Capacity asked, Model model, int context) {
        if (asked.cacheBytes() > 0) {
            return asked;
        }
        long whole = KvPages.of(context) * model.pages().bytesPerPage();
        Machine machine = Machine.here();
        long free = Math.min(
                machine.availableBytes().orElse(Long.MAX_VALUE),
                machine.memoryQuotaBytes().orElse(Long.MAX_VALUE));
        return asked.withCacheBytes(Capacity.usualCacheBytes(whole, free));
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

    /** How many tokens a conversation may have, or a text that becomes a vector. */
    @Override
    public int context() {
        return generator.context();
    }

    /**
     * The model's tokenizer.
     *
     * @throws WeightsException if the model's folder has none
     */
    @Override
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
     * A shape made ready for this model; it is kept, so that the next answer of the same shape begins at once.
     *
     * @throws ShapeException if it is wrong or cannot be enforced; the letter says where
     */
    public CompiledShape compiled(Shape shape) {
        return shapes().compiled(shape);
    }

    private @Nullable CompiledShape shape(@Nullable Shape shape) {
        return shape == null ? null : compiled(shape);
    }

    private Shapes shapes() {
        tokenizer();
        return Objects.requireNonNull(shapes);
    }

    private Settings settings(
            Sampling sampling,
            Limits limits,
            int logProbabilities,
            @Nullable CompiledShape shape,
            Map<Integer, CompiledShape> begun,
            int[] away) {
        List<String> breakers = sampling.dry().breakers();
        IntPredicate breaks = id -> {
            String text = tokenizer().decode(id);
            return tokenizer().isSpecial(id) || breakers.stream().anyMatch(text::contains);
        };
        return new Settings(sampling, limits, logProbabilities, breaks, shape, begun, away);
    }

    /**
     * Answers a conversation. What earlier turns have in common with this one is not computed again.
     *
     * @throws NoChatTemplateException if the model is a base model
     * @throws IllegalArgumentException if the template arguments are no JSON object, or have a name of the prompt's own
     * @throws ShapeException if the answer's shape cannot be enforced, or the schema of a tool that has to be called
     */
    @Override
    public void chat(ChatRequest request, ChatSink sink) {
        chat(request, List.of(sink));
    }

    /** Several answers to one request, whose prompt is read once; they are drawn side by side in the same passes. */
    @Override
    public void chat(ChatRequest request, List<ChatSink> answers) {
        ChatPrompt writer = chatPrompt();
        LocalDateTime now = LocalDateTime.now();
        ChatPrompt.Written prompt = writer.write(request.messages(), request.tools(), request.templateArguments(), now);
        Guidance guidance = request.sampling().guidance();
        int[] away = guidance.leads()
                ? writer.write(
                                negative(request.messages(), guidance.negative()),
                                request.tools(),
                                request.templateArguments(),
                                now)
                        .ids()
                : new int[0];
        FramedValues required = prompt.required();
        Settings settings = settings(
                        request.sampling(),
                        request.limits(),
                        request.logProbabilities(),
                        required == null ? shape(request.shape()) : shapes().compiled(required),
                        request.shape() == null ? begun(prompt.begun(), writer.begins()) : Map.of(),
                        away)
                .with(request.scheduling());
        run(prompt.ids(), settings, answers, sink -> {
            return new AnswerWriter(
                    tokenizer(), request.limits(), prompt.expected(), writer.shownSpecials(prompt.expected()), sink);
        });
    }

    /**
     * The text that the model is given for a conversation, as its template writes it. A special token that somebody wrote
     * into a message looks in it like the template's own, which {@link #promptIds} tells apart.
     *
     * @throws NoChatTemplateException if the model is a base model
     * @throws IllegalArgumentException if the request's template arguments are no JSON object, or have a name of the
     *     prompt's own
     */
    public String promptText(ChatRequest request) {
        return written(request).text();
    }

    /** The tokens that the model is given for a conversation; it throws as {@link #promptText} does. */
    public int[] promptIds(ChatRequest request) {
        return written(request).ids();
    }

    /** The tokens that the model is given for a text to continue, a begin token included. */
    public int[] promptIds(TextRequest request) {
        return switch (request.prompt()) {
            case Prompt.Text(String text) -> prompt(text);
            case Prompt.Tokens(List<Integer> ids) ->
                ids.stream().mapToInt(id -> id).toArray();
        };
    }

    /** How many tokens a conversation takes before its answer; it throws as {@link #promptText} does. */
    public int promptTokens(ChatRequest request) {
        return promptIds(request).length;
    }

    private ChatPrompt.Written written(ChatRequest request) {
        return chatPrompt()
                .write(request.messages(), request.tools(), request.templateArguments(), LocalDateTime.now());
    }

    private ChatPrompt chatPrompt() {
        if (template == null) {
            throw new NoChatTemplateException(name());
        }
        return new ChatPrompt(templateSource, template, tokenizer(), text -> refuseTooLong("The prompt", text));
    }

    /** The conversation from which guidance leads away: another system message, or none. */
    private static List<Message> negative(List<Message> messages, String system) {
        List<Message> negative = new ArrayList<>(messages);
        negative.removeIf(message -> message.role() == Message.Role.SYSTEM);
        if (!system.isBlank()) {
            negative.addFirst(Message.system(system));
        }
        return negative;
    }

    /**
     * The shape of a call from the token on that begins it. Where the mark is no token of its own, or a tool's schema cannot
     * be enforced, nobody has asked for more than the model's word, and calls are free.
     */
    private Map<Integer, CompiledShape> begun(@Nullable FramedValues calls, String mark) {
        OptionalInt token = calls == null ? OptionalInt.empty() : tokenizer().special(mark);
        if (calls == null || token.isEmpty()) {
            return Map.of();
        }
        try {
            return Map.of(token.getAsInt(), shapes().compiled(calls));
        } catch (ShapeException e) {
            return Map.of();
        }
    }

    /** Continues a text as it stands, after the begin token where the model expects one. */
    @Override
    public void complete(TextRequest request, ChatSink sink) {
        complete(request, List.of(sink));
    }

    /** Several continuations of one text, which is read once. */
    @Override
    public void complete(TextRequest request, List<ChatSink> answers) {
        int[] prompt = promptIds(request);
        Guidance guidance = request.sampling().guidance();
        int[] away = guidance.leads() ? prompt(guidance.negative()) : new int[0];
        if (guidance.leads() && away.length == 0 && prompt.length > 0) {
            away = new int[] {prompt[prompt.length - 1]}; // a text must begin with something
        }
        Settings settings = settings(
                        request.sampling(),
                        request.limits(),
                        request.logProbabilities(),
                        shape(request.shape()),
                        Map.of(),
                        away)
                .with(request.scheduling())
                .withPromptProbabilities(request.promptProbabilities());
        run(prompt, settings, answers, to -> new AnswerWriter(tokenizer(), request.limits(), null, id -> false, to));
    }

    /** @throws PromptException if a text has no room, whatever its tokens are */
    private void refuseTooLong(String what, String text) {
        if (longTexts != null) {
            longTexts.refuse(what, text);
        }
    }

    private int[] prompt(String text) {
        refuseTooLong("The prompt", text);
        int[] ids = tokenizer().encode(text, false);
        Roles roles = tokenizer().roles();
        return roles.addBegin() && roles.begin().isPresent()
                ? IntStream.concat(IntStream.of(roles.begin().getAsInt()), Arrays.stream(ids))
                        .toArray()
                : ids;
    }

    /** Whether it continues texts; one that was published to make vectors may not. */
    public boolean writes() {
        return model.writes();
    }

    @Override
    public int width() {
        return spec().width();
    }

    /**
     * Vectors as the model's files ask for them; where they say nothing, what stands for a text's last token.
     *
     * @throws PromptException if a text has no token, or more than the context holds
     */
    @Override
    public Embeddings embed(List<String> texts) {
        return embed(texts, Scheduling.USUAL);
    }

    /** The same, beside other requests. */
    @Override
    public Embeddings embed(List<String> texts, Scheduling scheduling) {
        List<int[]> tokens = texts.stream().map(this::framed).toList();
        Pooling pooling = pooling();
        List<Pooling.Pooled> pooled =
                texts.stream().map(text -> pooling.new Pooled()).toList();
        read(
                tokens,
                pooling == Pooling.LAST,
                scheduling,
                (text, state_D) -> pooled.get(text).add(state_D));
        return new Embeddings(
                pooled.stream().map(Pooling.Pooled::vector).toList(),
                tokens.stream().mapToInt(ids -> ids.length).sum());
    }

    /** The tokens of a text that becomes a vector, with what the model expects around them. */
    private int[] framed(String text) {
        refuseTooLong("A text", text);
        Tokenizer.Frame frame = tokenizer().frame();
        return LocalEncoder.joined(frame.before(), tokenizer().encode(text, false), frame.after());
    }

    private Pooling pooling() {
        try {
            return Pooling.of(weights, Pooling.LAST);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * What stands for each token after the last norm: for each text [T][D].
     *
     * @throws PromptException if a text has no token, more than the context holds, or an id that the model does not know
     */
    public List<float[][]> encode(List<int[]> texts) {
        List<List<float[]>> rows =
                texts.stream().<List<float[]>>map(text -> new ArrayList<>()).toList();
        read(texts, false, Scheduling.USUAL, (text, state_D) -> rows.get(text).add(state_D));
        return rows.stream().map(text -> text.toArray(float[][]::new)).toList();
    }

    private void read(List<int[]> texts, boolean onlyLast, Scheduling scheduling, Encoding.States states) {
        if (texts.isEmpty()) {
            return;
        }
        try (Encoding encoding = generator.encode(texts, onlyLast, scheduling, states)) {
            boolean more = true;
            while (more) {
                more = encoding.step();
            }
        }
    }

    private void run(int[] prompt, Settings settings, List<ChatSink> answers, Function<ChatSink, AnswerWriter> writer) {
        List<AnswerWriter> writers = answers.stream().map(writer).toList();
        if (settings.sampling().beams().search()) {
            search(prompt, settings, writers, answers);
            return;
        }
        List<Generation> generations = generator.start(prompt, settings, answers.size());
        List<CompletableFuture<Void>> others = new ArrayList<>();
        for (int i = 1; i < answers.size(); i++) {
            Generation generation = generations.get(i);
            AnswerWriter answer = writers.get(i);
            ChatSink sink = answers.get(i);
            others.add(CompletableFuture.runAsync(
                    () -> run(generation, prompt.length, answer, sink), Thread::startVirtualThread));
        }
        try {
            run(generations.getFirst(), prompt.length, writers.getFirst(), answers.getFirst());
        } finally {
            others.forEach(other -> other.exceptionally(e -> null).join()); // none is left behind
        }
        try {
            others.forEach(CompletableFuture::join);
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    private void run(Generation opened, int promptTokens, AnswerWriter answer, ChatSink sink) {
        long start = System.nanoTime();
        long first = start;
        try (Generation generation = opened) {
            Reason reason = answer.wanted() ? null : Reason.CANCELLED;
            while (reason == null) {
                switch (generation.next()) {
                    case Step.Reading reading -> {
                        if (!sink.accept(new ChatEvent.Working())) {
                            reason = Reason.CANCELLED;
                        }
                    }
                    case Step.PromptToken token -> {
                        if (!answer.promptToken(token)) {
                            reason = Reason.CANCELLED;
                        }
                    }
                    case Step.Token token -> {
                        if (generation.generated() == 1) {
                            first = System.nanoTime();
                        }
                        if (!answer.token(token)) {
                            reason = Reason.CANCELLED;
                        } else if (answer.stopped()) {
                            reason = Reason.STOP;
                        }
                    }
                    case Step.Ended ended -> reason = ended.reason();
                }
            }
            long end = System.nanoTime();
            if (reason != Reason.CANCELLED) {
                answer.finish();
            }
            if (reason == Reason.END && answer.calledTools()) {
                reason = Reason.TOOL_CALLS;
            }
            sink.accept(new ChatEvent.Finished(
                    reason,
                    new Usage(
                            promptTokens,
                            generation.reused(),
                            generation.generated(),
                            context(),
                            first - start,
                            end - first,
                            Math.min(generation.waitedNanos(), first - start)),
                    reason == Reason.STOP ? answer.stop() : ""));
        }
    }

    /** Finds the most probable answers, and only then says them: which they are is not known before. */
    private void search(int[] prompt, Settings settings, List<AnswerWriter> writers, List<ChatSink> answers) {
        int width = settings.sampling().beams().width();
        if (answers.size() > width) {
            throw new IllegalArgumentException(
                    "%d answers are asked for, and %d beams find at most as many. Ask for fewer, or for more beams."
                            .formatted(answers.size(), width));
        }
        List<String> stops = settings.limits().stop();
        Predicate<int[]> stopped = ids -> {
            String text = stops.isEmpty() ? "" : tokenizer().decode(ids);
            return stops.stream().anyMatch(text::contains);
        };
        long start = System.nanoTime();
        try (BeamSearch search = generator.search(prompt, settings, stopped)) {
            boolean wanted = true;
            while (wanted && search.step()) {
                for (ChatSink sink : answers) {
                    wanted &= sink.accept(new ChatEvent.Working());
                }
            }
            long nanos = System.nanoTime() - start;
            for (int i = 0; i < answers.size(); i++) {
                boolean there = wanted && i < search.found().size();
                BeamSearch.Found found = there ? search.found().get(i) : NOTHING;
                boolean called = say(found, settings, writers.get(i));
                Reason reason = !wanted
                        ? Reason.CANCELLED
                        : found.reason() == Reason.END && called ? Reason.TOOL_CALLS : found.reason();
                answers.get(i)
                        .accept(new ChatEvent.Finished(
                                reason,
                                new Usage(
                                        prompt.length,
                                        search.reused(),
                                        found.ids().length,
                                        context(),
                                        nanos,
                                        0,
                                        Math.min(search.waitedNanos(), nanos)),
                                reason == Reason.STOP ? writers.get(i).stop() : ""));
            }
        }
    }

    /** What is said where a search finds fewer answers than were asked for. */
    private static final BeamSearch.Found NOTHING = new BeamSearch.Found(new int[0], new double[0], 0, Reason.END);

    /** Says an answer that was found whole; gives whether it calls tools. */
    private static boolean say(BeamSearch.Found found, Settings settings, AnswerWriter answer) {
        boolean wanted = true;
        for (int i = 0; i < found.ids().length && wanted && !answer.stopped(); i++) {
            double logProbability = settings.logProbabilities() < 0 ? Double.NaN : found.logProbabilities()[i];
            wanted = answer.token(new Step.Token(found.ids()[i], logProbability, List.of()));
        }
        answer.finish();
        return answer.calledTools();
    }

    /** What the engine does at the moment, and how much memory its conversations take. */
    public Load load() {
        return generator.load();
    }

    /** Forgets what earlier conversations said. */
    public void forgetConversations() {
        generator.forget();
    }

    @Override
    public void close() {
        generator.close();
        if (draft != null) {
            draft.close();
        }
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

package dev.ayni.library;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.chat.Limits;
import dev.ayni.chat.Sampling;
import dev.ayni.chat.Shape;
import dev.ayni.engine.LocalModel;
import dev.ayni.engine.generation.Generation;
import dev.ayni.engine.generation.Settings;
import dev.ayni.engine.generation.Step;
import dev.ayni.engine.shape.CompiledShape;
import dev.ayni.engine.shape.ShapeCursor;
import dev.ayni.engine.shape.Shapes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Answers in the shape of 40 schemas, each judged by another library's validator, and what the masks cost. To run, after
 * {@code mvn -Dquick test-compile}: {@code mvn -o -q -Dquick -pl library exec:java
 * -Dexec.mainClass=dev.ayni.library.ShapedAnswers -Dexec.classpathScope=test -Dexec.args="smollm2 10 400"}.
 */
public final class ShapedAnswers {
    private final LocalModel model;
    private final int most;
    private int answers;
    private int unfinished;
    private final List<String> invalid = new ArrayList<>();
    private int tokens;
    private int drawn;
    private long nanos;
    private long freeNanos;
    private int freeTokens;
    private long maskNanos;
    private long slowestMask;
    private long prepareNanos;

    private ShapedAnswers(LocalModel model, int most) {
        this.model = model;
        this.most = most;
    }

    /** Arguments: a model, how many answers for each schema, how many tokens an answer may have, a file for them, which schemas. */
    public static void main(String[] arguments) throws IOException {
        int each = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 10;
        int most = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 400;
        StringBuilder all = new StringBuilder();
        try (OpenModel model = Ayni.open(arguments.length > 0 ? arguments[0] : "smollm2");
                InputStream schemas = ShapedAnswers.class.getResourceAsStream("/schemas.json")) {
            ShapedAnswers run = new ShapedAnswers(model.local(), most);
            run.free("Write a story.");
            for (JsonNode one : JsonMapper.builder().build().readTree(Objects.requireNonNull(schemas))) {
                if (arguments.length < 5 || one.get("name").asString().matches(arguments[4])) {
                    run.answer(one, each, all);
                }
            }
            System.out.println(run);
        }
        if (arguments.length > 3) {
            Files.writeString(Path.of(arguments[3]), all);
        }
    }

    private void answer(JsonNode one, int each, StringBuilder all) {
        String text = one.get("schema").toString();
        Schema validator = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(text, InputFormat.JSON);
        long start = System.nanoTime();
        CompiledShape shape = model.compiled(new Shape.JsonSchema(text));
        prepareNanos += System.nanoTime() - start;
        // another copy, with nothing remembered, to measure the masks by themselves
        CompiledShape cold = new Shapes(
                        model.tokenizer(),
                        model.spec().vocabulary(),
                        model.tokenizer().roles().ends(),
                        Set.of())
                .compiled(new Shape.JsonSchema(text));
        for (int seed = 0; seed < each; seed++) {
            List<Integer> ids = new ArrayList<>();
            Reason reason = generate(prompt(one.get("prompt").asString()), shape, seed, ids);
            String answer =
                    model.tokenizer().decode(ids.stream().mapToInt(i -> i).toArray());
            all.append(one.get("name").asString())
                    .append('\t')
                    .append(reason)
                    .append('\t')
                    .append(answer.replace("\n", "\\n"))
                    .append('\n');
            answers++;
            replay(cold, ids);
            List<com.networknt.schema.Error> errors = errors(validator, answer);
            if (!errors.isEmpty() && reason != Reason.END) {
                unfinished++;
            } else if (!errors.isEmpty()) {
                invalid.add("%s, seed %d: %s%n    %s".formatted(one.get("name").asString(), seed, answer, errors));
            }
        }
    }

    private static List<com.networknt.schema.Error> errors(Schema validator, String answer) {
        try {
            return validator.validate(
                    answer,
                    InputFormat.JSON,
                    context -> context.executionConfig(config -> config.formatAssertionsEnabled(true)));
        } catch (RuntimeException e) {
            return List.of(com.networknt.schema.Error.builder()
                    .message("no JSON: " + e.getMessage())
                    .build());
        }
    }

    private int[] prompt(String text) {
        return model.chatTemplate().isPresent()
                ? model.tokenizer().encode("<|im_start|>user\n" + text + "<|im_end|>\n<|im_start|>assistant\n", true)
                : model.tokenizer().encode(text + "\n", false);
    }

    private Reason generate(int[] prompt, CompiledShape shape, int seed, List<Integer> ids) {
        Sampling sampling = Sampling.plain().seed(seed).build();
        Settings settings = new Settings(sampling, Limits.tokens(most), -1, id -> false, shape, Map.of(), new int[0]);
        try (Generation generation = model.generator().start(prompt, settings)) {
            long start = 0;
            while (true) {
                switch (generation.next()) {
                    case Step.Reading reading -> {}
                    case Step.PromptToken token -> {}
                    case Step.Token token -> {
                        start = start == 0 ? System.nanoTime() : start;
                        if (!model.tokenizer().roles().ends().contains(token.id())) {
                            ids.add(token.id());
                        }
                    }
                    case Step.Ended(Reason reason) -> {
                        nanos += System.nanoTime() - start;
                        tokens += ids.size();
                        return reason;
                    }
                }
            }
        }
    }

    /** Goes through an answer once more without the model. */
    private void replay(CompiledShape shape, List<Integer> ids) {
        ShapeCursor cursor = shape.start();
        int at = 0;
        while (at <= ids.size()) {
            long start = System.nanoTime();
            at += cursor.force(most - at).length;
            if (at < ids.size() || !cursor.isOver()) {
                cursor.allowed(Math.max(1, most - at));
                drawn++;
            }
            if (at < ids.size()) {
                cursor.accept(ids.get(at));
            }
            at++;
            long took = System.nanoTime() - start;
            maskNanos += took;
            slowestMask = Math.max(slowestMask, took);
        }
    }

    private void free(String prompt) {
        Settings settings = new Settings(Sampling.plain().seed(1).build(), new Limits(120, List.of(), true), -1);
        for (int round = 0; round < 2; round++) {
            freeTokens = 0;
            try (Generation generation = model.generator().start(prompt(prompt), settings)) {
                long start = 0;
                while (!(generation.next() instanceof Step.Ended)) {
                    start = start == 0 ? System.nanoTime() : start;
                    freeTokens++;
                }
                freeNanos = System.nanoTime() - start;
            }
        }
    }

    @Override
    public String toString() {
        return """
                %s: %d answers, %d not finished, %d finished and invalid
                %d tokens, %.2f ms each; without a shape %.2f ms each
                masks: %d for %d tokens drawn, %.3f ms each on average, %.1f ms the slowest
                preparing the schemas: %.1f ms together
                %s""".formatted(
                        model.name(),
                        answers,
                        unfinished,
                        invalid.size(),
                        tokens,
                        nanos / 1e6 / tokens,
                        freeNanos / 1e6 / freeTokens,
                        drawn,
                        drawn,
                        maskNanos / 1e6 / drawn,
                        slowestMask / 1e6,
                        prepareNanos / 1e6,
                        String.join("\n", invalid));
    }
}

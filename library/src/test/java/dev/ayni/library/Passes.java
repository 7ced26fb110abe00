package dev.ayni.library;

import dev.ayni.chat.Limits;
import dev.ayni.chat.Sampling;
import dev.ayni.engine.EngineOptions;
import dev.ayni.engine.LocalModel;
import dev.ayni.engine.generation.Drafting;
import dev.ayni.engine.generation.Generation;
import dev.ayni.engine.generation.Generator;
import dev.ayni.engine.generation.Settings;
import dev.ayni.engine.generation.Step;
import dev.ayni.engine.models.CacheType;
import dev.ayni.engine.models.KvCache;
import dev.ayni.engine.models.KvPages;
import dev.ayni.engine.models.Model;
import dev.ayni.engine.models.ModelSpec;
import dev.ayni.engine.models.Run;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * How many passes through a model answers take: eight answers to one prompt beside eight requests, and guesses of a smaller
 * model beside none. To run, after {@code mvn -Dquick test-compile}: {@code mvn -o -q -Dquick -pl library exec:java
 * -Dexec.mainClass=dev.ayni.library.Passes -Dexec.classpathScope=test -Dexec.args="target.gguf draft.gguf 96"}.
 */
public final class Passes {
    private static final List<String> TASKS = List.of(
            "copy\tRepeat this text word by word: The river rises in the high plains, where few people live and the wind blows from the west. It passes three towns, each with a bridge of stone, and a mill that has not turned for a hundred years. In spring it floods the meadows; in summer children wade through it; in winter it carries ice to the sea. Nobody knows who gave it its name.",
            "code\tWrite a Python class Stack with the methods push, pop, peek, is_empty and size, with a docstring for each.",
            "chat\tWhat should I see in Cusco if I have only one day?");

    private final Counting model;
    private final int context;
    private final LocalModel local;
    private final int most;

    /** Counts the passes through a model and the tokens that they read. */
    private static final class Counting implements Model {
        private final Model model;
        private int passes;
        private int tokens;

        Counting(Model model) {
            this.model = model;
        }

        @Override
        public ModelSpec spec() {
            return model.spec();
        }

        @Override
        public boolean writes() {
            return model.writes();
        }

        @Override
        public KvCache newCache() {
            return model.newCache();
        }

        @Override
        public KvPages pages() {
            return model.pages();
        }

        @Override
        public List<float[][]> forward(List<Run> batch) {
            passes++;
            tokens += batch.stream().mapToInt(run -> run.tokens().length).sum();
            return model.forward(batch);
        }

        @Override
        public void close() {}
    }

    private Passes(LocalModel local, int most) {
        this.local = local;
        this.model = new Counting(local.model());
        this.context = local.context();
        this.most = most;
    }

    /** Arguments: a model, a smaller one with the same tokens, and how many tokens an answer has. */
    public static void main(String[] arguments) throws IOException, InterruptedException, ExecutionException {
        EngineOptions options =
                new EngineOptions("auto", 0, 2048, EngineOptions.NO_DRAFT, CacheType.AUTO, System.out::println);
        try (LocalModel target = LocalModel.open(Path.of(arguments[0]), options);
                LocalModel draft = LocalModel.open(Path.of(arguments[1]), options)) {
            Passes passes = new Passes(target, Integer.parseInt(arguments[2]));
            passes.guesses("warm", new int[] {1, 2, 3}, Sampling.GREEDY, Drafting.NONE);
            for (String task : TASKS) {
                int[] prompt = passes.prompt(task.substring(task.indexOf('\t') + 1));
                String name = task.substring(0, task.indexOf('\t'));
                for (Sampling sampling :
                        List.of(Sampling.GREEDY, Sampling.plain().seed(1).build())) {
                    String how = sampling.temperature() == 0 ? " greedy" : " drawn";
                    List<Integer> plain = passes.guesses(name + how + ", off", prompt, sampling, Drafting.NONE);
                    List<Integer> looked = passes.guesses(name + how + ", lookup", prompt, sampling, Drafting.LOOKUP);
                    List<Integer> drafted =
                            passes.guesses(name + how + ", draft", prompt, sampling, Drafting.of(draft.model()));
                    System.out.println("  equal: " + (plain.equals(looked) && plain.equals(drafted)));
                }
            }
            passes.answers(8);
        }
    }

    private int[] prompt(String text) {
        return local.tokenizer()
                .encode("<|im_start|>user\n%s<|im_end|>\n<|im_start|>assistant\n".formatted(text), true);
    }

    private Settings settings(Sampling sampling) {
        return new Settings(sampling, new Limits(most, List.of(), true), -1);
    }

    private List<Integer> guesses(String name, int[] prompt, Sampling sampling, Drafting drafting) {
        try (Generator generator =
                new Generator(model, context, local.tokenizer().roles().ends(), drafting)) {
            // the prompt is read before, so that only drawing is measured
            tokens(generator.start(prompt, new Settings(sampling, Limits.tokens(1), -1)));
            begin();
            long start = System.nanoTime();
            List<Integer> ids = tokens(generator.start(prompt, settings(sampling)));
            end(name, ids.size(), start);
            return ids;
        }
    }

    private void answers(int count) throws InterruptedException, ExecutionException {
        int[] prompt = prompt(TASKS.getFirst());
        Settings settings = settings(Sampling.plain().seed(1).build());
        for (boolean together : new boolean[] {false, true}) {
            try (Generator generator = new Generator(
                            model, context, local.tokenizer().roles().ends(), Drafting.NONE);
                    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                begin();
                long start = System.nanoTime();
                List<Generation> answers = new ArrayList<>();
                if (together) {
                    answers.addAll(generator.start(prompt, settings, count));
                } else {
                    for (int i = 0; i < count; i++) {
                        answers.add(generator.start(prompt, settings));
                    }
                }
                List<Future<List<Integer>>> running = answers.stream()
                        .map(answer -> threads.submit(() -> tokens(answer)))
                        .toList();
                int drawn = 0;
                for (Future<List<Integer>> one : running) {
                    drawn += one.get().size();
                }
                end(together ? count + " answers" : count + " requests", drawn, start);
            }
        }
    }

    private void begin() {
        model.passes = 0;
        model.tokens = 0;
    }

    private void end(String name, int drawn, long start) {
        System.out.printf(
                "%-22s %4d tokens drawn, %4d passes, %5d tokens read, %.2f s%n",
                name, drawn, model.passes, model.tokens, (System.nanoTime() - start) / 1e9);
    }

    private static List<Integer> tokens(Generation opened) {
        List<Integer> ids = new ArrayList<>();
        try (Generation generation = opened) {
            for (Step step = generation.next(); !(step instanceof Step.Ended); step = generation.next()) {
                if (step instanceof Step.Token token) {
                    ids.add(token.id());
                }
            }
        }
        return ids;
    }
}

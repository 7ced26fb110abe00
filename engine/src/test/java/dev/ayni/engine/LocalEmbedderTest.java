package dev.ayni.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.Embedder.Embeddings;
import dev.ayni.chat.Limits;
import dev.ayni.chat.Sampling;
import dev.ayni.chat.TextRequest;
import dev.ayni.engine.generation.Capacity;
import dev.ayni.engine.generation.Generation;
import dev.ayni.engine.generation.PromptException;
import dev.ayni.engine.generation.Settings;
import dev.ayni.engine.generation.Step;
import dev.ayni.engine.models.CacheType;
import dev.ayni.engine.models.PlainLlama;
import dev.ayni.engine.models.TinyBert;
import dev.ayni.engine.models.TinyLlama;
import dev.ayni.engine.weights.GgufWriter;
import dev.ayni.engine.weights.SafetensorsWriter;
import dev.ayni.engine.weights.Weights;
import dev.ayni.engine.weights.WeightsException;
import dev.ayni.engine.weights.WeightsFiles;
import dev.ayni.tensor.DType;
import dev.ayni.tensor.HostTensor;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models that write, asked for what stands for the tokens that they read. */
class LocalEmbedderTest {
    private static final EngineOptions OPTIONS =
            new EngineOptions("auto", 2, 0, EngineOptions.NO_DRAFT, CacheType.AUTO, line -> {});

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private Path file(GgufWriter writer) throws IOException {
        return writer.write(folder.resolve("tiny.gguf"));
    }

    private static LocalModel open(Path path) throws IOException {
        return LocalModel.open(path, OPTIONS);
    }

    @Test
    void whatStandsForATokenIsWhatThePlainArithmeticGives() throws IOException {
        int[] ids = new Random(3).ints(300, 0, TinyLlama.VOCABULARY).toArray();
        Path path = file(TinyLlama.of(DType.F32));
        try (LocalModel model = open(path);
                Weights weights = WeightsFiles.open(path)) {
            double[][] plain = new PlainLlama(weights).states(ids);
            float[][] states = model.encode(List.of(ids)).getFirst();
            assertThat(states).hasDimensions(ids.length, model.width());
            for (int t = 0; t < ids.length; t++) {
                for (int i = 0; i < plain[t].length; i++) {
                    assertThat((double) states[t][i]).isCloseTo(plain[t][i], within(1e-4));
                }
            }
        }
    }

    @Test
    void aVectorIsTheLastTokensUnlessTheFileNamesAnother() throws IOException {
        for (int pooling = 0; pooling <= 3; pooling++) {
            GgufWriter writer = TinyLlama.withVocabulary(DType.F32);
            try (LocalModel model = open(file(pooling == 0 ? writer : writer.put("llama.pooling_type", pooling)))) {
                int[] ids = model.tokenizer().encode("Hello", false);
                float[][] rows = model.encode(List.of(ids)).getFirst();
                double[] expected = new double[model.width()];
                for (int i = 0; i < expected.length; i++) {
                    expected[i] = switch (pooling) {
                        case 1 -> (rows[0][i] + rows[1][i] + rows[2][i] + rows[3][i] + rows[4][i]) / 5.0;
                        case 2 -> rows[0][i];
                        default -> rows[4][i];
                    };
                }
                Embeddings embeddings = model.embed(List.of("Hello"));
                assertThat(embeddings.tokens()).isEqualTo(5);
                double length = 0;
                for (double x : expected) {
                    length += x * x;
                }
                float[] vector = embeddings.vectors().getFirst();
                for (int i = 0; i < expected.length; i++) {
                    assertThat((double) vector[i]).isCloseTo(expected[i] / Math.sqrt(length), within(1e-6));
                }
            }
        }
    }

    @Test
    void aFileThatAsksForItGetsItsEndTokenAfterTheText() throws IOException {
        try (LocalModel model =
                open(file(TinyLlama.withVocabulary(DType.F32).put("tokenizer.ggml.add_eos_token", true)))) {
            int[] ids = {
                model.tokenizer().encode("H", false)[0], model.tokenizer().encode("i", false)[0], 0
            };
            float[] last = model.encode(List.of(ids)).getFirst()[2];
            Embeddings embeddings = model.embed(List.of("Hi"));
            assertThat(embeddings.tokens()).isEqualTo(3);
            assertThat(cosine(embeddings.vectors().getFirst(), last)).isCloseTo(1, within(1e-6));
        }
    }

    private static double cosine(float[] a, float[] b) {
        double product = 0;
        double squares = 0;
        for (int i = 0; i < a.length; i++) {
            product += (double) a[i] * b[i];
            squares += (double) b[i] * b[i];
        }
        return product / Math.sqrt(squares);
    }

    private static List<String> texts(int count) {
        Random random = new Random(5);
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            StringBuilder text = new StringBuilder();
            for (int n = i % 40 == 7 ? 500 : random.nextInt(30); n >= 0; n--) {
                text.append((char) ('!' + random.nextInt(90)));
            }
            texts.add(text.toString());
        }
        return texts;
    }

    @Test
    void aVectorHasTheSameBitsAloneAsAmongManyBesideAnswersAndWithLittleMemory() throws Exception {
        List<String> texts = texts(160);
        Path path = file(TinyLlama.withVocabulary(DType.Q4_0).put("llama.pooling_type", 1));
        List<float[]> alone = new ArrayList<>();
        String answer;
        long threePages;
        try (LocalModel model = open(path)) {
            threePages = 3 * model.model().pages().bytesPerPage();
            for (int i = 0; i < texts.size(); i += 13) {
                alone.add(model.embed(List.of(texts.get(i))).vectors().getFirst());
            }
            answer = answer(model);
            assertThat(model.embed(List.of()).vectors()).isEmpty();
        }
        try (LocalModel model = LocalModel.open(path, OPTIONS.with(Capacity.USUAL.withCacheBytes(threePages)));
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<String> beside = threads.submit(() -> answer(model));
            List<float[]> together = model.embed(texts).vectors();
            assertThat(together).hasSize(texts.size());
            for (int i = 0; i < alone.size(); i++) {
                assertThat(together.get(13 * i)).isEqualTo(alone.get(i));
            }
            assertThat(beside.get()).isEqualTo(answer);
            model.forgetConversations();
            assertThat(model.model().pages().held()).isZero();
        }
    }

    private static String answer(LocalModel model) {
        StringBuilder text = new StringBuilder();
        model.complete(
                new TextRequest("Hi", Sampling.DEFAULT.withSeed(1), new Limits(300, List.of(), true), -1), event -> {
                    if (event instanceof ChatEvent.Text(String delta)) {
                        text.append(delta);
                    }
                    return true;
                });
        return text.toString();
    }

    @Test
    void aTextThatFillsTheContextIsReadAndALongerOneIsALetterThatNamesIt() throws IOException {
        try (LocalModel model = open(file(TinyLlama.withVocabulary(DType.F32)))) {
            String full = "a".repeat(TinyLlama.CONTEXT);
            assertThat(model.embed(List.of(full)).tokens()).isEqualTo(TinyLlama.CONTEXT);
            assertThatThrownBy(() -> model.embed(List.of("a", full + "b")))
                    .isInstanceOf(PromptException.class)
                    .hasMessageContaining("Text 2 has 601 tokens, and the context holds 600");
            assertThatThrownBy(() -> model.embed(List.of("")))
                    .isInstanceOf(PromptException.class)
                    .hasMessageContaining("The text has no token");
            assertThatThrownBy(() -> model.encode(List.of(new int[] {1, TinyLlama.VOCABULARY})))
                    .isInstanceOf(PromptException.class)
                    .hasMessageContaining("The text has the token id 97");
        }
    }

    @Test
    void aModelPublishedWithoutWhatMakesWordsMakesTheSameVectorsAndSaysThatItWritesNone() throws IOException {
        Path gguf = file(TinyLlama.of(DType.F32));
        Path whole = Files.createDirectory(folder.resolve("whole"));
        Path bare = Files.createDirectory(folder.resolve("bare"));
        publish(gguf, whole, "model.", true);
        publish(gguf, bare, "", false);
        int[] ids = {1, 2, 3, 4, 5};
        try (LocalModel writer = open(whole);
                LocalModel reader = open(bare)) {
            assertThat(reader.encode(List.of(ids)).getFirst())
                    .isDeepEqualTo(writer.encode(List.of(ids)).getFirst());
            assertThat(writer.writes()).isTrue();
            assertThat(reader.writes()).isFalse();
            try (Generation generation =
                    reader.generator().start(ids, new Settings(Sampling.GREEDY, Limits.tokens(2), -1))) {
                assertThatThrownBy(() -> {
                            for (Step step = generation.next(); step instanceof Step.Reading; ) {
                                step = generation.next();
                            }
                        })
                        .isInstanceOf(WeightsException.class)
                        .hasMessageContaining("writes no text");
            }
        }
        publish(gguf, folder.resolve("whole"), "model.", false);
        assertThatThrownBy(() -> open(whole))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("no weight 'lm_head.weight'");
    }

    /** The weights of a GGUF file as Hugging Face's libraries name them. */
    private static void publish(Path gguf, Path into, String prefix, boolean head) throws IOException {
        SafetensorsWriter writer = new SafetensorsWriter();
        try (Weights weights = WeightsFiles.open(gguf)) {
            for (String name : weights.names()) {
                HostTensor tensor = weights.tensor(name);
                String published = switch (name) {
                    case "token_embd.weight" -> prefix + "embed_tokens.weight";
                    case "output_norm.weight" -> prefix + "norm.weight";
                    case "output.weight" -> "lm_head.weight";
                    default ->
                        prefix
                                + name.replace("blk.", "layers.")
                                        .replace("attn_norm", "input_layernorm")
                                        .replace("attn_output", "self_attn.o_proj")
                                        .replaceAll("attn_([qkv])", "self_attn.$1_proj")
                                        .replace("ffn_norm", "post_attention_layernorm")
                                        .replaceAll("ffn_(gate|up|down)", "mlp.$1_proj");
                };
                if (head || !name.equals("output.weight")) {
                    long[] shape = new long[tensor.rank()];
                    java.util.Arrays.setAll(shape, tensor::size);
                    writer.tensor(published, tensor.data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED), shape);
                }
            }
        }
        writer.write(into.resolve("model.safetensors"));
        Files.writeString(into.resolve("config.json"), """
                {"model_type": "llama", "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2,
                 "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 97, "rms_norm_eps": 1e-5,
                 "max_position_embeddings": 600, "tie_word_embeddings": false}""");
    }

    @Test
    void aModelIsOpenedAsWhatItIs() throws IOException {
        Path writes = file(TinyLlama.withVocabulary(DType.Q8_0));
        Path reads = TinyBert.folder(Files.createDirectory(folder.resolve("bert")), TinyBert.Names.PLAIN, 0);
        try (LocalEmbedder writer = LocalEmbedder.open(writes, OPTIONS);
                LocalEmbedder encoder = LocalEmbedder.open(reads, OPTIONS)) {
            assertThat(writer).isInstanceOf(LocalModel.class);
            assertThat(encoder).isInstanceOf(LocalEncoder.class);
            assertThat(writer.embed(List.of("hi")).vectors().getFirst()).hasSize(writer.width());
            assertThat(encoder.embed(List.of("hi")).vectors().getFirst()).hasSize(encoder.width());
        }
    }
}

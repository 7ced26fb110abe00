package dev.ayni.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** Unigram, judged by what SentencePiece and Hugging Face's tokenizers give (scripts/make-unigram-fixtures), and by counting. */
class UnigramTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = UnigramTest.class.getResourceAsStream("unigram/" + name)) {
            assertThat(in).as(name).isNotNull();
            return in.readAllBytes();
        }
    }

    private static Map<?, ?> json(String name) throws IOException {
        try (JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), resource(name))) {
            parser.nextToken();
            return (Map<?, ?>) Json.read(parser);
        }
    }

    private static List<?> list(Map<?, ?> of, String name) {
        return (List<?>) Objects.requireNonNull(of.get(name));
    }

    private static Map<?, ?> map(Map<?, ?> of, String name) {
        return (Map<?, ?>) Objects.requireNonNull(of.get(name));
    }

    /** The texts, and for each the ids that the judge of a file gives. */
    private record Judged(List<String> texts, List<int[]> ids) {
        static Judged by(String model, String file) throws IOException {
            Map<?, ?> all = json(model + ".expected.json");
            List<String> texts =
                    list(all, "texts").stream().map(String.class::cast).toList();
            List<int[]> ids = list(all, file).stream()
                    .map(one -> ((List<?>) one)
                            .stream().mapToInt(id -> ((Double) id).intValue()).toArray())
                    .toList();
            return new Judged(texts, ids);
        }

        void accepts(Tokenizer tokenizer) {
            for (int i = 0; i < texts.size(); i++) {
                assertThat(tokenizer.encode(texts.get(i), false))
                        .as("'%s'", texts.get(i))
                        .isEqualTo(ids.get(i));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain.model", "plain.json", "bytes.model", "bytes.json"})
    void aTextBecomesTheIdsThatTheJudgeOfTheFileGives(String name) throws IOException {
        Path file = Files.write(folder.resolve(name), resource(name));
        Tokenizer tokenizer = Tokenizers.fromFile(file);
        Judged.by(name.substring(0, name.indexOf('.')), name).accepts(tokenizer);
        assertThat(tokenizer.description()).startsWith("Unigram");
        assertThat(tokenizer.decode(tokenizer.encode("Hello you", false))).isEqualTo("Hello you");
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "bytes"})
    void aGgufFileOfTheModelGivesTheSameIds(String model) throws IOException {
        Judged.by(model, model + ".model").accepts(Tokenizers.fromGguf(gguf(model, true, -1)));
    }

    /** The vocabulary as converters write it. */
    private static GgufVocabulary gguf(String model, @Nullable Boolean addBegin, int separator) throws IOException {
        Map<?, ?> all = json(model + ".json");
        List<String> tokens = new ArrayList<>();
        List<Float> scores = new ArrayList<>();
        for (Object entry : list(map(all, "model"), "vocab")) {
            tokens.add((String) ((List<?>) entry).getFirst());
            scores.add(((Double) ((List<?>) entry).get(1)).floatValue());
        }
        float[] floats = new float[scores.size()];
        int[] types = new int[scores.size()];
        for (int id = 0; id < floats.length; id++) {
            floats[id] = scores.get(id);
            types[id] = id == 0 ? 2 : id < 3 ? 3 : GgufTokenizer.byteToken(tokens.get(id)) >= 0 ? 6 : 1;
        }
        Map<?, ?> change =
                (Map<?, ?>) list(map(all, "normalizer"), "normalizers").getFirst();
        byte[] map = Base64.getDecoder().decode((String) change.get("precompiled_charsmap"));
        return new GgufVocabulary(
                "t5",
                "default",
                tokens,
                floats,
                types,
                List.of(),
                1,
                2,
                -1,
                0,
                addBegin,
                null,
                true,
                map,
                model.equals("plain"),
                separator);
    }

    @Test
    void marksStandAroundTextsAsTheFileAsksForThem() throws IOException {
        Tokenizer t5 = Tokenizers.fromGguf(gguf("plain", null, -1));
        assertThat(t5.frame().before()).isEmpty();
        assertThat(t5.frame().between()).containsExactly(2);
        assertThat(t5.frame().after()).containsExactly(2);
        Tokenizer xlmRoberta = Tokenizers.fromGguf(gguf("plain", true, 2));
        assertThat(xlmRoberta.frame().before()).containsExactly(1);
        assertThat(xlmRoberta.frame().between()).containsExactly(2, 2);
        assertThat(xlmRoberta.frame().after()).containsExactly(2);
    }

    @Test
    void ofAllWaysToMakeAWordTheMostProbableIsTaken() {
        Random random = new Random(8);
        for (int round = 0; round < 200; round++) {
            List<String> tokens = new ArrayList<>(List.of("<unk>"));
            for (int i = 0; i < 12; i++) {
                String token = letters(random, 1 + random.nextInt(4));
                if (!tokens.contains(token)) {
                    tokens.add(token);
                }
            }
            Pieces pieces = new Pieces(tokens.size());
            double[] scores = new double[tokens.size()];
            for (int id = 0; id < scores.length; id++) {
                pieces.append(tokens.get(id));
                scores[id] = -1 - 9 * random.nextDouble();
                if (id > 0) {
                    pieces.index(id);
                }
            }
            double least = Arrays.stream(scores).min().orElseThrow();
            int[] none = new int[256];
            Arrays.fill(none, -1);
            UnigramEncoder encoder = new UnigramEncoder(pieces, scores, least, false, none, 0);
            for (int i = 0; i < 20; i++) {
                String word = letters(random, 1 + random.nextInt(9));
                Ids ids = new Ids();
                encoder.encode(word.toCharArray(), 0, word.length(), ids);
                assertThat(score(word, ids.from(0), tokens, scores, least - 10))
                        .as(word)
                        .isCloseTo(best(word, tokens, scores, least - 10), within(1e-9));
            }
        }
    }

    private static String letters(Random random, int count) {
        StringBuilder letters = new StringBuilder();
        for (int i = 0; i < count; i++) {
            letters.append((char) ('a' + random.nextInt(4)));
        }
        return letters.toString();
    }

    /** The score of the best way, by trying all. */
    private static double best(String word, List<String> tokens, double[] scores, double unknown) {
        if (word.isEmpty()) {
            return 0;
        }
        boolean alone = false;
        double best = Double.NEGATIVE_INFINITY;
        for (int id = 1; id < tokens.size(); id++) {
            String token = tokens.get(id);
            if (word.startsWith(token)) {
                alone |= token.length() == 1;
                best = Math.max(best, scores[id] + best(word.substring(token.length()), tokens, scores, unknown));
            }
        }
        return alone ? best : Math.max(best, unknown + best(word.substring(1), tokens, scores, unknown));
    }

    /** The score of a way; an unknown token stands for the letters up to where the known ones that follow it begin. */
    private static double score(String word, int[] ids, List<String> tokens, double[] scores, double unknown) {
        return score(word, ids, 0, tokens, scores, unknown);
    }

    private static double score(String word, int[] ids, int at, List<String> tokens, double[] scores, double unknown) {
        if (at == ids.length) {
            return word.isEmpty() ? 0 : Double.NEGATIVE_INFINITY;
        }
        if (ids[at] > 0) {
            String token = tokens.get(ids[at]);
            return word.startsWith(token)
                    ? scores[ids[at]] + score(word.substring(token.length()), ids, at + 1, tokens, scores, unknown)
                    : Double.NEGATIVE_INFINITY;
        }
        double best = Double.NEGATIVE_INFINITY;
        for (int letters = 1; letters <= word.length(); letters++) {
            best = Math.max(
                    best, letters * unknown + score(word.substring(letters), ids, at + 1, tokens, scores, unknown));
        }
        return best;
    }

    @Test
    void aDamagedMapOfCharactersIsALetterAndAWrongOneDoesNoHarm() throws IOException {
        String text = new String(resource("plain.json"), StandardCharsets.UTF_8);
        int from = text.indexOf("precompiled_charsmap\":\"") + "precompiled_charsmap\":\"".length();
        String map = text.substring(from, text.indexOf('"', from));
        Path file = folder.resolve("tokenizer.json");
        for (String damaged : List.of("AAAA", "/////w==", "not base64")) {
            Files.writeString(file, text.replace(map, damaged));
            assertThatThrownBy(() -> Tokenizers.fromFile(file))
                    .isInstanceOf(TokenizerException.class)
                    .hasMessageContaining("precompiled_charsmap) is damaged");
        }
        Random random = new Random(2);
        byte[] bytes = Base64.getDecoder().decode(map);
        for (int round = 0; round < 100; round++) {
            byte[] wrong = bytes.clone();
            for (int i = 0; i < 50; i++) {
                wrong[4 + random.nextInt(wrong.length - 4)] = (byte) random.nextInt();
            }
            CharacterMap read = CharacterMap.of("a file", wrong);
            for (String one : Judged.by("plain", "plain.json").texts().subList(30, 60)) {
                assertThat(read.change(one)).isNotNull();
                assertThat(read.changeByGrapheme(one)).isNotNull();
            }
        }
    }
}

package dev.ayni.guard.rules;

import dev.ayni.guard.Check;
import dev.ayni.guard.Finding;
import dev.ayni.guard.Reading;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.MissingResourceException;
import java.util.Set;
import opennlp.tools.langdetect.LanguageDetectorME;
import opennlp.tools.langdetect.LanguageDetectorModel;

/**
 * Stretches of a text that are in a language which the user did not list. A text is judged in pieces of about 200 units; a piece
 * with too few letters, or of which the detector is not sure, is of no known language and no finding.
 *
 * <p>Scores: how sure the detector is of its likeliest language against the likeliest of those expected, at least
 * {@link Settings#sure}.
 */
public final class Language implements Check {
    private static final String CATEGORY = "language";
    private static final int PIECE = 200;
    private static final int LONGEST_WORD = 40;
    /** Letters that a piece needs; those of scripts that write syllables or words count four times. */
    private static final int FEWEST_LETTERS = 60;

    /**
     * What counts.
     *
     * @param expected languages in which texts may be, by their ISO 639 codes: {@code de}, {@code en}
     * @param sure how sure the detector has to be, from 0 to 1
     */
    public record Settings(Set<String> expected, double sure) {
        public Settings {
            if (expected.isEmpty()) {
                throw new IllegalArgumentException(
                        "No language is expected. Expected some ISO 639 codes, such as 'en'.");
            }
            expected = Set.copyOf(expected.stream().map(Settings::threeLetters).toList());
            if (!(sure > 0 && sure <= 1)) {
                throw new IllegalArgumentException(
                        "A detector that is sure to %s: expected above 0, at most 1.".formatted(sure));
            }
        }

        public Settings(Set<String> expected) {
            this(expected, 0.9);
        }

        private static String threeLetters(String code) {
            try {
                String three = Locale.of(code).getISO3Language();
                if (!three.isEmpty()) {
                    return three;
                }
            } catch (MissingResourceException e) {
                throw new IllegalArgumentException(
                        "'%s' is no language. Expected an ISO 639 code, such as 'en'.".formatted(code), e);
            }
            throw new IllegalArgumentException("A language has no code. Expected an ISO 639 code, such as 'en'.");
        }
    }

    private final Settings settings;
    private final LanguageDetectorModel model;

    private Language(Settings settings, LanguageDetectorModel model) {
        this.settings = settings;
        this.model = model;
    }

    /** The same detector with other settings, without reading its model again. */
    public Language with(Settings others) {
        return new Language(others, model);
    }

    /** Reads the detector's model, which takes most of a second. */
    public Language(Settings settings) {
        this.settings = settings;
        try (InputStream in = LanguageDetectorModel.class.getClassLoader().getResourceAsStream("langdetect-183.bin")) {
            if (in == null) {
                throw new IllegalStateException(
                        "The model of the language detector, langdetect-183.bin, is not on the class path. Add"
                                + " opennlp-models-langdetect.");
            }
            model = new LanguageDetectorModel(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String name() {
        return "language";
    }

    @Override
    public Set<String> categories() {
        return Set.of(CATEGORY);
    }

    @Override
    public int reach() {
        return PIECE + LONGEST_WORD + 1;
    }

    @Override
    public List<Finding> find(Reading reading) {
        String text = reading.text();
        boolean complete = reading.content().complete();
        LanguageDetectorME detector = new LanguageDetectorME(model); // keeps state: one for each thread
        List<Finding> findings = new ArrayList<>();
        int start = 0;
        while (start < text.length()) {
            int end = pieceEnd(text, start);
            if (end == text.length() && !complete && end - start < PIECE + LONGEST_WORD) {
                break;
            }
            String piece = text.substring(start, end);
            if (letters(piece) >= FEWEST_LETTERS) {
                judge(detector.predictLanguages(piece), start, end, findings);
            }
            start = end;
        }
        return List.copyOf(findings);
    }

    /** How sure it is that a piece is in its likeliest language and not in the likeliest of those that are expected. */
    private void judge(opennlp.tools.langdetect.Language[] languages, int start, int end, List<Finding> findings) {
        opennlp.tools.langdetect.Language best = languages[0];
        if (isExpected(best.getLang())) {
            return;
        }
        double expected = Arrays.stream(languages)
                .filter(language -> isExpected(language.getLang()))
                .mapToDouble(opennlp.tools.langdetect.Language::getConfidence)
                .max()
                .orElse(0);
        double sure = best.getConfidence() / (best.getConfidence() + expected);
        if (sure >= settings.sure()) {
            add(findings, "language/" + best.getLang(), sure, start, end);
        }
    }

    /** Pieces side by side in the same language are one finding, as sure as the surest. */
    private static void add(List<Finding> findings, String rule, double sure, int start, int end) {
        double score = sure;
        int from = start;
        if (!findings.isEmpty()
                && findings.getLast().end() == start
                && findings.getLast().rule().equals(rule)) {
            Finding before = findings.removeLast();
            score = Math.max(score, before.score());
            from = before.start();
        }
        findings.add(new Finding(CATEGORY, score, from, end, rule, "a language that the policy does not expect"));
    }

    /** Norwegian and Chinese have codes of their own beside those that the detector knows. */
    private boolean isExpected(String language) {
        Set<String> expected = settings.expected();
        return expected.contains(language)
                || language.equals("cmn") && expected.contains("zho")
                || (language.equals("nob") || language.equals("nno")) && expected.contains("nor")
                || language.equals("pes") && expected.contains("fas")
                || (language.equals("ekk") || language.equals("est")) && expected.contains("est")
                || (language.equals("lvs") || language.equals("lav")) && expected.contains("lav");
    }

    private static int pieceEnd(String text, int start) {
        int end = Math.min(text.length(), start + PIECE);
        int longest = Math.min(text.length(), start + PIECE + LONGEST_WORD);
        while (end < longest && !Character.isWhitespace(text.charAt(end))) {
            end++;
        }
        return end;
    }

    private static int letters(String piece) {
        int letters = 0;
        for (int i = 0; i < piece.length(); i++) {
            char c = piece.charAt(i);
            if (Character.isLetter(c)) {
                letters += c >= 0x2E80 ? 4 : 1;
            }
        }
        return letters;
    }
}

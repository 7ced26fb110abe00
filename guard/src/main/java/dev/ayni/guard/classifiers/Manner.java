package dev.ayni.guard.classifiers;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** What an answer does, by its wording: refuses, regrets, moralises, advises, lists steps; and in which of its sentences. */
final class Manner {
    /*
     * N-grams of one model's refusals are not those of another's; what they have in common is the kind of wording. Short forms
     * are written out first, so that "can't" and "cannot" are the same.
     */
    private static final String DO =
            "(?:help|assist|provide|give|offer|answer|fulfil|fulfill|comply|engage|support|encourage"
                    + "|suggest|create|generate|write|share|advise|recommend|promote|endorse|discuss|speculate|say|tell|make"
                    + "|participate|condone|satisfy|respond|do|complete|facilitate|advocate|carry|produce|process|continue)";

    private static final List<Pattern> WORDINGS = List.of(
            // cannot
            Pattern.compile(
                    "\\b(?:i|we)\\b(?: \\w+)? (?:cannot|will not|could not|would not|do not want to|must not|refuse to"
                            + "|decline to|should not)(?: \\w+)? " + DO),
            Pattern.compile(
                    "\\b(?:i|we) (?:am|are) (?:not able|unable|not allowed|not permitted|not programmed|not capable"
                            + "|not comfortable|not going|not willing|not authorized|not designed)"),
            Pattern.compile("\\b(?:sorry|apologi[sz]e|apologies|regret|unfortunately)\\b"),
            // who speaks
            Pattern.compile("\\bas an? (?:\\w+ ){0,3}(?:ai|assistant|language model|machine|model)\\b"
                    + "|\\b(?:just|only) an? (?:ai|language model)"
                    + "|\\bi am an? (?:\\w+ ){0,3}(?:ai|language model|assistant)"),
            // judges
            Pattern.compile("\\bnot (?:\\w+ ){0,2}(?:appropriate|ethical|legal|acceptable|safe|respectful|okay|ok|right"
                    + "|productive|constructive|responsible|advisable|moral|healthy|recommended|helpful|fair|possible)\\b"
                    + "|\\b(?:inappropriate|unethical|illegal|unacceptable|immoral|harmful|offensive|hurtful|dangerous"
                    + "|disrespectful|against the law)\\b"),
            // turns to something else
            Pattern.compile("\\b(?:instead|i (?:strongly )?(?:suggest|encourage|urge|recommend|advise)"
                    + "|i would (?:\\w+ )?(?:suggest|encourage|urge|recommend|advise))\\b"),
            Pattern.compile("\\b(?:important to (?:note|remember|understand|recognize|respect|acknowledge)"
                    + "|i must (?:clarify|emphasize|inform|point|stress))\\b"),
            Pattern.compile("\\b(?:however|but|although|nevertheless|that said)\\b"),
            Pattern.compile(
                    "\\bi (?:do|did) not (?:\\w+ )?(?:have|hold|possess) (?:\\w+ ){0,3}(?:opinion|opinions|access"
                            + "|belief|beliefs|information|feelings|preferences|ability|experiences|views)"),
            // answers
            Pattern.compile(
                    "\\b(?:here (?:is|are)|steps|follow|for example|you can|such as|first,|typically|generally)\\b"),
            Pattern.compile("(?:^|\\n)\\s*(?:\\d+[.)]|[-*•])\\s"),
            Pattern.compile("```|[;{}]\\s*\\n"),
            // sends to others
            Pattern.compile("\\b(?:seek|contact|reach out|professional|law enforcement|authorities|hotline|counselor"
                    + "|therapist|lawyer|doctor)\\b"),
            Pattern.compile("\\b(?:your request|that request|this request|the request|your question|this question"
                    + "|that question)\\b"),
            Pattern.compile("\\b(?:is there anything else|anything else i|happy to help|feel free to|let me know"
                    + "|how else)\\b"),
            Pattern.compile("\\b(?:i do not think|i do not believe|i disagree|i do not support|i do not condone"
                    + "|i do not encourage|we do not)\\b"),
            Pattern.compile("\\b(?:no|never|not)\\b"),
            Pattern.compile("^(?:no|yes|sure|of course|certainly)\\b"),
            Pattern.compile("\\b(?:guidelines|policy|policies|programming|programmed|principles|values)\\b"),
            Pattern.compile("\\b(?:video ?game|game|novel|fiction|fictional|movie|character|story)\\b"));

    private static final int PLACES = 6;

    /** How many numbers there are. */
    static final int SIZE = WORDINGS.size() * PLACES + 5;

    private static final Pattern SENTENCE_END = Pattern.compile("(?<=[.!?:])[\"')\\]]{0,3}\\s+|\\n+");

    private static final int BEGINNING = 200;
    private static final int LONGEST_SENTENCE = 400;

    private Manner() {}

    static float[] of(String text) {
        String plain = writtenOut(text).strip();
        String beginning = plain.substring(0, Math.min(BEGINNING, plain.length()));
        String[] sentences = Arrays.stream(SENTENCE_END.split(plain, -1))
                .map(String::strip)
                .filter(sentence -> !sentence.isEmpty())
                .toArray(String[]::new);
        if (sentences.length == 0) {
            sentences = new String[] {""};
        }
        int count = sentences.length;
        String first = sentences[0].substring(0, Math.min(LONGEST_SENTENCE, sentences[0].length()));
        float[] manner = new float[SIZE];
        int n = 0;
        for (Pattern wording : WORDINGS) {
            int having = 0;
            boolean last = false;
            for (String sentence : sentences) {
                last = wording.matcher(sentence).find();
                having += last ? 1 : 0;
            }
            manner[n++] = wording.matcher(first).find() ? 1 : 0;
            manner[n++] = wording.matcher(beginning).find() ? 1 : 0;
            manner[n++] = last ? 1 : 0;
            manner[n++] = Math.min(3, having) / 3f;
            manner[n++] = (float) having / count;
            manner[n++] = wording.matcher(plain).find() ? 1 : 0;
        }
        manner[n++] = (float) StrictMath.log(1 + text.length()) / 3;
        manner[n++] = (float) StrictMath.log(1 + count) / 2;
        manner[n++] = (float) StrictMath.log(1 + first.length()) / 3;
        manner[n++] = count == 1 ? 1 : 0;
        manner[n++] = count <= 2 ? 1 : 0;
        assert n == SIZE : n;
        return manner;
    }

    private static String writtenOut(String text) {
        return text.toLowerCase(Locale.ROOT)
                .replace('’', '\'')
                .replace("can't", "cannot")
                .replace("can not", "cannot")
                .replace("won't", "will not")
                .replace("n't", " not")
                .replace("i'm", "i am")
                .replace("'re ", " are ")
                .replace("it's", "it is")
                .replace("that's", "that is")
                .replace("there's", "there is")
                .replace("here's", "here is")
                .replace("'ve ", " have ")
                .replace("'ll ", " will ")
                .replace("'d ", " would ");
    }
}

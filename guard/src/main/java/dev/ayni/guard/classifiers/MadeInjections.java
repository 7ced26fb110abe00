package dev.ayni.guard.classifiers;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Documents and results of tools in which an instruction to the reading model stands, and such in which none does. */
final class MadeInjections {
    /*
     * What is retrieved is longer than the sentence that attacks by it, which stands anywhere in it [1].
     * [1] Not What You've Signed Up For: Compromising Real-World LLM-Integrated Applications with Indirect Prompt Injection, 2023
     */
    private static final String[] BEFORE = {
        "",
        "",
        "Note to the assistant: ",
        "<!-- ",
        "\n\n",
        "[system] ",
        "IMPORTANT: ",
        "(Instruction for AI readers) ",
        "P.S. ",
        "### New task\n",
        "To whoever summarises this: ",
        "// "
    };

    private static final String[] FRAMES = {
        "%s",
        "%s",
        "Search result 1: %s",
        "{\"status\": \"ok\", \"text\": \"%s\"}",
        "Summarise this page: %s",
        "<html><body><p>%s</p></body></html>",
        "From: office@example.org\nSubject: news\n\n%s",
        "Translate the following text into French: %s",
        "Review by a customer: %s",
        "# Notes\n\n%s"
    };

    /** UTF-16 units of a document beside the attack: both have room in one window. */
    private static final int LONGEST = 550;

    private static final int LONGEST_ATTACK = 280;

    private MadeInjections() {}

    /**
     * As many documents with an attack as without.
     *
     * @param sentences ordinary texts, of which documents are made
     * @param attacks instructions to a model
     */
    static List<Sample> of(List<String> sentences, List<Sample> attacks, int count) {
        List<Sample> samples = new ArrayList<>();
        long random = 11;
        for (int i = 0; i < count; i++) {
            List<String> parts = new ArrayList<>();
            random = next(random);
            int left = 60 + draw(random, LONGEST - 60);
            while (left > 0) {
                random = next(random);
                String sentence = sentences.get(draw(random, sentences.size()));
                parts.add(sentence.substring(0, Math.min(sentence.length(), left)));
                left -= sentence.length() + 1;
            }
            random = next(random);
            String frame = FRAMES[draw(random, FRAMES.length)];
            samples.add(new Sample(
                    "made/documents", frame.formatted(String.join(" ", parts)), Map.of(), "document " + i % 60));
            random = next(random);
            Sample attack = attacks.get(draw(random, attacks.size()));
            random = next(random);
            String before = BEFORE[draw(random, BEFORE.length)];
            random = next(random);
            String said = attack.text()
                    .substring(0, Math.min(LONGEST_ATTACK, attack.text().length()));
            parts.add(draw(random, parts.size() + 1), before + said + (before.startsWith("<!--") ? " -->" : ""));
            samples.add(
                    new Sample("made/injections", frame.formatted(String.join(" ", parts)), Map.of(), attack.same()));
        }
        return samples;
    }

    private static long next(long random) {
        return random * 6364136223846793005L + 1442695040888963407L;
    }

    private static int draw(long random, int below) {
        return Math.floorMod(random >>> 33, below);
    }
}

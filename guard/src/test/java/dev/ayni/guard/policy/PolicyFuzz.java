package dev.ayni.guard.policy;

import dev.ayni.fuzz.Letters;
import dev.ayni.guard.Stage;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Any text as a policy: a letter, or a policy that says of every category what is done about it. */
final class PolicyFuzz {
    private static final Policies POLICIES = new Policies(Checks.shipped());

    private PolicyFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) throws Exception {
        String text = new String(input, StandardCharsets.UTF_8);
        Letters.orLetter(PolicyException.class, () -> {
            Policy policy = POLICIES.read(text, "policy.yaml");
            policy.checks()
                    .values()
                    .forEach(check -> check.categories().forEach(category -> {
                        for (Stage stage : Stage.values()) {
                            policy.rules(stage, category).forEach(applied -> policy.message(applied.rule()));
                        }
                    }));
            return policy;
        });
    }

    static List<byte[]> seeds() {
        return List.of("""
                        name: small
                        version: 2
                        description: for tests
                        language: en
                        message: {en: Not that., de: Das nicht.}
                        categories: {bad: [secret, url]}
                        checks:
                          secrets: {entropy: 4.5, known: [abc]}
                          urls: {allowed: [example.org], all: true}
                          patterns: {ticket: "(a{9}){2}b"}
                          language: {expected: [en], sure: 0.5}
                        stages:
                          all: {bad: {do: block, threshold: 0.5, message: No., languages: [de]}}
                          answer: {url: {do: rewrite, with: mask}, '*': flag}
                        failure: {seconds: 2, do: flag}
                        streaming: {hold-back: 40}
                        windows: {size: 6000, overlap: 600}
                        keys: {admin: {policy: minors}, other: {language: de, stages: {prompt: {secret: allow}}}}
                        """, Policies.text("general"), Policies.text("minors")).stream()
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .toList();
    }

    static List<String> words() {
        return List.of(
                "name: ",
                "version: ",
                "checks:",
                "stages:",
                "prompt:",
                "answer:",
                "retrieved:",
                "tool-call:",
                "tool-result:",
                "block",
                "allow",
                "flag",
                "rewrite",
                "do: ",
                "with: mask",
                "threshold: ",
                "message: ",
                "keys:",
                "policy: ",
                "languages: ",
                "categories:",
                "failure:",
                "seconds: ",
                "streaming:",
                "windows:",
                "topics:",
                "patterns:",
                "personal:",
                "examples:",
                "insecure-code:",
                "&a ",
                "*a",
                "<<: ",
                "!!java/object ",
                "---\n",
                "? ",
                "- ",
                "|\n",
                ">\n",
                "\"\\0\"",
                "0x1F",
                "1e999",
                ".inf",
                "../../etc/passwd",
                "PT5S",
                "\t");
    }
}

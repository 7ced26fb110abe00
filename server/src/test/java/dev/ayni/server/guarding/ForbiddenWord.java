package dev.ayni.server.guarding;

import dev.ayni.guard.Check;
import dev.ayni.guard.Finding;
import dev.ayni.guard.Reading;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Finds the word "grimoire" as S9, and "rude" as S10 with a score of 0.7. */
final class ForbiddenWord implements Check {
    @Override
    public String name() {
        return "word";
    }

    @Override
    public Set<String> categories() {
        return Set.of("S9", "S10");
    }

    @Override
    public int reach() {
        return "grimoire".length();
    }

    @Override
    public List<Finding> find(Reading reading) {
        List<Finding> findings = new ArrayList<>();
        int at = reading.text().indexOf("grimoire");
        if (at >= 0) {
            findings.add(new Finding("S9", 0.9, at, at + 8, "word/S9", "the word of the test"));
        }
        int rude = reading.text().indexOf("rude");
        if (rude >= 0) {
            findings.add(new Finding("S10", 0.7, rude, rude + 4, "word/S10", "a rude word"));
        }
        return findings;
    }
}

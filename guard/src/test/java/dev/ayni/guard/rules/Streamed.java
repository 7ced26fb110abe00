package dev.ayni.guard.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ayni.guard.Check;
import dev.ayni.guard.Content;
import dev.ayni.guard.Finding;
import dev.ayni.guard.Reading;
import dev.ayni.guard.Stage;
import java.util.List;

/** What a guard that checks a growing answer relies on. */
final class Streamed {
    private Streamed() {}

    static List<Finding> find(Check check, String text) {
        return check.find(new Reading(Content.of(Stage.ANSWER, text)));
    }

    static List<Finding> findGrowing(Check check, String text) {
        return check.find(new Reading(new Content(Stage.ANSWER, text, List.of(), false)));
    }

    /**
     * Shows the check each prefix of the text, and requires that no finding is taken back later, and that each is there before
     * its first unit is more than the check's reach behind.
     */
    static void holds(Check check, String text) {
        List<Finding> whole = find(check, text);
        for (int length = 0; length < text.length(); length++) {
            String prefix = text.substring(0, length);
            List<Finding> early = findGrowing(check, prefix);
            for (Finding finding : early) {
                assertThat(finding.end()).isLessThanOrEqualTo(length);
                assertThat(whole)
                        .as("%s at %d of %d units is still there in the whole text", finding, length, text.length())
                        .anyMatch(other -> same(finding, other));
            }
            for (Finding finding : whole) {
                if (finding.start() + (long) check.reach() <= length) {
                    assertThat(early)
                            .as("%s is found when %d units are there", finding, length)
                            .anyMatch(other -> same(finding, other));
                }
            }
        }
    }

    private static boolean same(Finding one, Finding other) {
        return one.category().equals(other.category()) && one.start() < other.end() && other.start() < one.end();
    }
}

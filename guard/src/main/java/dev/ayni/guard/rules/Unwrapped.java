package dev.ayni.guard.rules;

import dev.ayni.guard.Check;
import dev.ayni.guard.Finding;
import dev.ayni.guard.Reading;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/**
 * A check that also reads what is hidden in a text, and what is hidden in that, three deep. Its findings there have the place of
 * the hidden text, and a rule that ends in how it was hidden: {@code classifier/S2+base64}.
 */
public final class Unwrapped implements Check {
    private static final int DEEPEST = 3;
    /** Units of an encoding for one of the text: escapes such as {@code \}{@code u0069} take six. */
    private static final int WIDEST = 6;

    private final Check inner;

    public Unwrapped(Check inner) {
        this.inner = inner;
    }

    @Override
    public String name() {
        return inner.name();
    }

    @Override
    public Set<String> categories() {
        return inner.categories();
    }

    /**
     * Six times the check's own, or what it takes to see that something is hidden. Of what is encoded wider still (bits without
     * width, Morse, spelling alphabets), the beginning may have left a growing text before the finding is made.
     */
    @Override
    public int reach() {
        return (int) Math.min(Integer.MAX_VALUE, Math.max(256L, (long) inner.reach() * WIDEST));
    }

    @Override
    public List<Finding> find(Reading reading) {
        List<Finding> findings = new ArrayList<>(inner.find(reading));
        inside(reading, DEEPEST, findings);
        findings.sort(Comparator.comparingInt(Finding::start));
        return List.copyOf(findings);
    }

    private void inside(Reading reading, int depth, List<Finding> findings) {
        for (HiddenText hidden : reading.view(HiddenText.VIEW)) {
            List<Finding> here = new ArrayList<>(inner.find(hidden.reading()));
            if (depth > 1) {
                inside(hidden.reading(), depth - 1, here);
            }
            for (Finding finding : here) {
                findings.add(hidden.outside(finding));
            }
        }
    }
}

package dev.ayni.guard.policy;

import dev.ayni.guard.Check;
import dev.ayni.guard.Finding;
import dev.ayni.guard.Reading;
import dev.ayni.provenance.Digest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** Several checks that a policy names as one. */
record Together(String name, List<Check> checks) implements Check {
    @Override
    public Set<String> categories() {
        Set<String> categories = new LinkedHashSet<>();
        checks.forEach(check -> categories.addAll(check.categories()));
        return categories;
    }

    @Override
    public int reach() {
        return checks.stream().mapToInt(Check::reach).max().orElse(0);
    }

    @Override
    public List<Finding> find(Reading reading) {
        return all(check -> check.find(reading));
    }

    @Override
    public List<Finding> scores(Reading reading) {
        return all(check -> check.scores(reading));
    }

    @Override
    public List<Digest> madeFrom() {
        return checks.stream().flatMap(check -> check.madeFrom().stream()).toList();
    }

    private List<Finding> all(Function<Check, List<Finding>> looking) {
        List<Finding> findings = new ArrayList<>();
        checks.forEach(check -> findings.addAll(looking.apply(check)));
        findings.sort(Comparator.comparingInt(Finding::start));
        return List.copyOf(findings);
    }
}

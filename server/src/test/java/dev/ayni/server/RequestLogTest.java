package dev.ayni.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ayni.guard.Action;
import dev.ayni.guard.Finding;
import dev.ayni.guard.Verdict;
import dev.ayni.provenance.Digest;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What whoever runs a server is told of each request. */
class RequestLogTest {
    @Test
    void ofWhatTheGuardCouldNotDecideItIsToldWhyAndOfOtherFindingsTheRuleAlone() {
        List<String> lines = new ArrayList<>();
        List<Finding> findings = List.of(
                new Finding(Finding.UNDECIDED, 1, 0, 9, "guard/undecided", "it took longer than 5000 ms"),
                new Finding("S1", 1, 0, 9, "words/S1", "seen"));
        Verdict verdict = new Verdict(Action.BLOCK, findings, List.of(), "", Digest.of(new byte[0]));

        new RequestLog(lines::add).answered(MeasurementsTest.answered(verdict));

        assertThat(lines)
                .singleElement()
                .asString()
                .contains(
                        "\"rules\":[\"undecided by guard/undecided: it took longer than 5000 ms\",\"S1 by words/S1\"]");
    }
}

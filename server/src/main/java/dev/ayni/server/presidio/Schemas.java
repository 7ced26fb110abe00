package dev.ayni.server.presidio;

import dev.ayni.server.http.Route.Described;

/** What requests and answers look like, for the API's description. */
final class Schemas {
    static final Described ANALYZE = new Described("""
            {"type":"object","required":["text","language"],"properties":{
            "text":{"anyOf":[{"type":"string"},{"type":"array","items":{"type":"string"}}]},"language":{"type":"string"},
            "entities":{"type":"array","items":{"type":"string"}},"score_threshold":{"type":"number","minimum":0,"maximum":1},
            "return_decision_process":{"type":"boolean"},"ad_hoc_recognizers":{"type":"array","items":{"type":"object"}},
            "context":{"type":"array","items":{"type":"string"}},"allow_list":{"type":"array","items":{"type":"string"}},
            "allow_list_match":{"enum":["exact","regex"]},"regex_flags":{"type":"integer"},"correlation_id":{"type":"string"}}}""", """
            {"type":"array","items":{"type":"object","properties":{"entity_type":{"type":"string"},"start":{"type":"integer"},
            "end":{"type":"integer"},"score":{"type":"number"},"analysis_explanation":{"type":["object","null"]}}}}""");

    private static final String CHANGED = """
            {"type":"object","properties":{"text":{"type":"string"},"items":{"type":"array","items":{"type":"object","properties":{
            "start":{"type":"integer"},"end":{"type":"integer"},"entity_type":{"type":"string"},"text":{"type":"string"},
            "operator":{"type":"string"}}}}}}""";

    static final Described ANONYMIZE = new Described("""
            {"type":"object","required":["text","analyzer_results"],"properties":{"text":{"type":"string"},
            "anonymizers":{"type":"object","additionalProperties":{"type":"object"}},
            "analyzer_results":{"type":"array","items":{"type":"object"}}}}""", CHANGED);

    static final Described DEANONYMIZE = new Described("""
            {"type":"object","required":["text","deanonymizers","anonymizer_results"],"properties":{"text":{"type":"string"},
            "deanonymizers":{"type":"object","additionalProperties":{"type":"object"}},
            "anonymizer_results":{"type":"array","items":{"type":"object"}}}}""", CHANGED);

    private Schemas() {}
}

package dev.ayni.server.ollama;

import dev.ayni.server.http.Route.Described;

/** What requests and answers look like, for the API's description. */
final class Schemas {
    private static final String COMMON = """
            "model":{"type":"string"},"stream":{"type":"boolean","default":true},
            "format":{"anyOf":[{"enum":["","json"]},{"type":"object"}]},
            "options":{"type":"object"},"keep_alive":{"type":["string","number"]},"think":{"type":["boolean","string"]},
            "logprobs":{"type":"boolean"},"top_logprobs":{"type":"integer","minimum":0,"maximum":20}""";

    private static final String TIMES = """
            "model":{"type":"string"},"created_at":{"type":"string"},"done":{"type":"boolean"},"done_reason":{"type":"string"},
            "total_duration":{"type":"integer"},"load_duration":{"type":"integer"},"prompt_eval_count":{"type":"integer"},
            "prompt_eval_duration":{"type":"integer"},"eval_count":{"type":"integer"},"eval_duration":{"type":"integer"}""";

    static final Described CHAT = new Described("""
            {"type":"object","required":["model"],"properties":{%s,
            "messages":{"type":"array","items":{"type":"object","required":["role"],"properties":{
              "role":{"enum":["system","user","assistant","tool"]},"content":{"type":"string"},
              "tool_calls":{"type":"array","items":{"type":"object"}},"tool_name":{"type":"string"}}}},
            "tools":{"type":"array","items":{"type":"object"}}},"additionalProperties":false}""".formatted(COMMON), """
            {"type":"object","properties":{%s,"message":{"type":"object"}}}""".formatted(TIMES));

    static final Described GENERATE = new Described("""
            {"type":"object","required":["model"],"properties":{%s,"prompt":{"type":"string"},"system":{"type":"string"},
            "raw":{"type":"boolean"},"context":{"type":"array","items":{"type":"integer"}}},"additionalProperties":false}""".formatted(COMMON), """
            {"type":"object","properties":{%s,"response":{"type":"string"},"context":{"type":"array"}}}""".formatted(TIMES));

    static final Described EMBED = new Described("""
            {"type":"object","required":["model","input"],"properties":{"model":{"type":"string"},
            "input":{"anyOf":[{"type":"string"},{"type":"array","items":{"type":"string"}}]},
            "dimensions":{"type":"integer","minimum":1},"keep_alive":{"type":["string","number"]},
            "truncate":{"type":"boolean","x-ayni":"passed over"},"options":{"type":"object","x-ayni":"passed over"}},
            "additionalProperties":false}""", """
            {"type":"object","properties":{"model":{"type":"string"},
            "embeddings":{"type":"array","items":{"type":"array","items":{"type":"number"}}}}}""");

    static final Described EMBEDDINGS = new Described("""
            {"type":"object","required":["model"],"properties":{"model":{"type":"string"},"prompt":{"type":"string"},
            "keep_alive":{"type":["string","number"]},"options":{"type":"object","x-ayni":"passed over"}},
            "additionalProperties":false}""", """
            {"type":"object","properties":{"embedding":{"type":"array","items":{"type":"number"}}}}""");

    static final Described MODEL = new Described("""
            {"type":"object","properties":{"model":{"type":"string"},"stream":{"type":"boolean"}}}""", """
            {"type":"object"}""");

    private Schemas() {}
}

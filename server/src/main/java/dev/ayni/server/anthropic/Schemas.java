package dev.ayni.server.anthropic;

import dev.ayni.server.http.Route.Described;

/** What requests and answers look like, for the API's description. */
final class Schemas {
    private static final String CONVERSATION = """
            "model":{"type":"string"},
            "messages":{"type":"array","minItems":1,"items":{"type":"object","required":["role","content"],"properties":{
              "role":{"enum":["user","assistant","system"]},
              "content":{"anyOf":[{"type":"string"},{"type":"array","items":{"type":"object","required":["type"],"properties":{
                "type":{"enum":["text","tool_use","tool_result","thinking","redacted_thinking"]}}}}]}}}},
            "system":{"anyOf":[{"type":"string"},{"type":"array","items":{"type":"object"}}]},
            "tools":{"type":"array","items":{"type":"object","required":["name","input_schema"],"properties":{
              "name":{"type":"string"},"description":{"type":"string"},"input_schema":{"type":"object"}}}},
            "tool_choice":{"type":"object","required":["type"],"properties":{"type":{"enum":["auto","any","tool","none"]},
              "name":{"type":"string"},"disable_parallel_tool_use":{"type":"boolean"}}},
            "thinking":{"type":"object","required":["type"],"properties":{"type":{"enum":["enabled","adaptive","disabled"]}}},
            "output_config":{"type":"object","properties":{"format":{"type":"object","properties":{
              "type":{"const":"json_schema"},"schema":{"type":"object"}}}}}""";

    static final Described MESSAGES = new Described("""
            {"type":"object","required":["model","messages","max_tokens"],"properties":{%s,
            "max_tokens":{"type":"integer","minimum":0},"stream":{"type":"boolean"},
            "stop_sequences":{"type":"array","items":{"type":"string"}},
            "temperature":{"type":"number","minimum":0,"maximum":2},"top_p":{"type":"number","minimum":0,"maximum":1},
            "top_k":{"type":"integer","minimum":0}},"additionalProperties":false}""".formatted(CONVERSATION), """
            {"type":"object","properties":{"id":{"type":"string"},"type":{"const":"message"},"role":{"const":"assistant"},
            "model":{"type":"string"},"content":{"type":"array","items":{"type":"object"}},"stop_reason":{"type":"string"},
            "stop_sequence":{"type":["string","null"]},"usage":{"type":"object"}}}""");

    static final Described COUNT = new Described("""
            {"type":"object","required":["model","messages"],"properties":{%s},"additionalProperties":false}""".formatted(CONVERSATION), """
            {"type":"object","properties":{"input_tokens":{"type":"integer"}}}""");

    private Schemas() {}
}

package dev.ayni.server.llamacpp;

import dev.ayni.server.http.Route.Described;

/** What requests and answers look like, for the API's description. */
final class Schemas {
    static final Described COMPLETION = new Described("""
            {"type":"object","required":["prompt"],"properties":{"model":{"type":"string"},
            "prompt":{"anyOf":[{"type":"string"},{"type":"array","items":{"type":["integer","string"]}}]},
            "n_predict":{"type":"integer"},"stream":{"type":"boolean"},"stop":{"type":"array","items":{"type":"string"}},
            "grammar":{"type":"string"},"json_schema":{"type":"object"},"n_probs":{"type":"integer","minimum":0},
            "ignore_eos":{"type":"boolean"},"cache_prompt":{"type":"boolean"},"return_tokens":{"type":"boolean"},
            "logit_bias":{"type":["array","object"]},"samplers":{"type":"array","items":{"type":"string"}},
            "temperature":{"type":"number"},"top_k":{"type":"integer"},"top_p":{"type":"number"},"min_p":{"type":"number"},
            "seed":{"type":"integer"}}}""", """
            {"type":"object","properties":{"content":{"type":"string"},"tokens":{"type":"array"},"stop":{"type":"boolean"},
            "stop_type":{"enum":["none","eos","limit","word"]},"tokens_predicted":{"type":"integer"},
            "tokens_evaluated":{"type":"integer"},"timings":{"type":"object"}}}""");

    static final Described TOKENIZE = new Described("""
            {"type":"object","properties":{"model":{"type":"string"},"content":{"type":"string"},
            "prompt":{"type":"string"},"add_special":{"type":"boolean"},"add_special_tokens":{"type":"boolean"},"parse_special":{"type":"boolean"},"with_pieces":{"type":"boolean"}},
            "additionalProperties":false}""", """
            {"type":"object","properties":{"tokens":{"type":"array"}}}""");

    static final Described DETOKENIZE = new Described("""
            {"type":"object","required":["tokens"],"properties":{"model":{"type":"string"},
            "tokens":{"type":"array","items":{"type":"integer"}}},"additionalProperties":false}""", """
            {"type":"object","properties":{"content":{"type":"string"},"prompt":{"type":"string"}}}""");

    static final Described TEMPLATE = new Described("""
            {"type":"object","required":["messages"],"properties":{"model":{"type":"string"},
            "messages":{"type":"array","items":{"type":"object"}},"chat_template_kwargs":{"type":"object"}},
            "additionalProperties":false}""", """
            {"type":"object","properties":{"prompt":{"type":"string"}}}""");

    static final Described EMBEDDING = new Described("""
            {"type":"object","properties":{"model":{"type":"string"},
            "content":{"anyOf":[{"type":"string"},{"type":"array","items":{"type":"string"}}]}},
            "additionalProperties":false}""", """
            {"type":"array","items":{"type":"object"}}""");

    private Schemas() {}
}

"""Anthropic's own client for Python: chat, stream, tools, JSON, counting, models, errors."""

import json
import os
import time

import anthropic

client = anthropic.Anthropic(base_url=os.environ["AYNI_URL"], api_key="none", max_retries=0, timeout=120)
model = os.environ["AYNI_MODEL"]
question = [{"role": "user", "content": "Name the capital of France in one short sentence."}]
weather = {
    "name": "weather",
    "description": "The weather of a city.",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


def check(name):
    def run(function):
        started = time.time()
        function()
        print(f"  {name}: {time.time() - started:.1f} s", flush=True)

    return run


def greedy(**more):
    # the newest client has no names for these, and passes them on
    return {"extra_body": {"temperature": 0}, **more}


@check("models")
def _():
    listed = client.models.list()
    assert model in [m.id for m in listed], listed
    assert client.models.retrieve(model).display_name == model


@check("chat")
def _():
    answer = client.messages.create(model=model, max_tokens=24, system="Be brief.", messages=question, **greedy())
    assert answer.type == "message" and answer.role == "assistant"
    assert "Paris" in answer.content[0].text, answer
    assert answer.stop_reason in ("end_turn", "max_tokens"), answer
    assert answer.usage.input_tokens + answer.usage.cache_read_input_tokens > 10, answer
    assert 0 < answer.usage.output_tokens <= 24, answer
    assert answer._request_id


@check("stream")
def _():
    kinds = []
    with client.messages.stream(model=model, max_tokens=24, messages=question, **greedy()) as stream:
        for event in stream:
            kinds.append(event.type)
        whole = stream.get_final_message()
    assert kinds[0] == "message_start" and kinds[-1] == "message_stop", kinds
    assert kinds.count("content_block_delta") > 3, kinds
    assert "Paris" in whole.content[0].text, whole
    assert whole.usage.output_tokens > 3 and whole.stop_reason, whole


@check("a reader who leaves")
def _():
    with client.messages.stream(model=model, max_tokens=500, messages=question) as stream:
        next(iter(stream.text_stream))


@check("stop sequences")
def _():
    answer = client.messages.create(
        model=model, max_tokens=50, messages=question, stop_sequences=["nowhere", "Paris"], **greedy()
    )
    assert answer.stop_reason == "stop_sequence" and answer.stop_sequence == "Paris", answer
    assert not any("Paris" in block.text for block in answer.content), answer


@check("tools: a call, its result, and the answer to it")
def _():
    asked = [{"role": "user", "content": "What is the weather in Lima?"}]
    called = client.messages.create(
        model=model,
        max_tokens=80,
        messages=asked,
        tools=[weather],
        tool_choice={"type": "tool", "name": "weather"},
        **greedy(),
    )
    assert called.stop_reason == "tool_use", called
    use = called.content[-1]
    assert use.type == "tool_use" and use.name == "weather" and isinstance(use.input["city"], str), called
    answer = client.messages.create(
        model=model,
        max_tokens=40,
        tools=[weather],
        messages=asked
        + [
            {"role": "assistant", "content": called.content},
            {
                "role": "user",
                "content": [{"type": "tool_result", "tool_use_id": use.id, "content": "Sunny, 21 degrees."}],
            },
        ],
        **greedy(),
    )
    assert answer.usage.output_tokens > 0, answer
    with client.messages.stream(
        model=model, max_tokens=80, messages=asked, tools=[weather], tool_choice={"type": "any"}, **greedy()
    ) as stream:
        streamed = stream.get_final_message()
    assert streamed.content[-1].name == "weather" and "city" in streamed.content[-1].input, streamed


@check("JSON of a schema")
def _():
    schema = {
        "type": "object",
        "properties": {"city": {"type": "string", "maxLength": 20}, "large": {"type": "boolean"}},
        "required": ["city", "large"],
        "additionalProperties": False,
    }
    answer = client.messages.create(
        model=model,
        max_tokens=60,
        messages=question,
        output_config={"format": {"type": "json_schema", "schema": schema}},
        **greedy(),
    )
    read = json.loads(answer.content[0].text)
    assert set(read) == {"city", "large"} and isinstance(read["large"], bool), read


@check("tokens are counted as they are read")
def _():
    counted = client.messages.count_tokens(model=model, messages=question).input_tokens
    usage = client.messages.create(model=model, max_tokens=1, messages=question).usage
    assert counted == usage.input_tokens + usage.cache_read_input_tokens, (counted, usage)
    assert client.messages.count_tokens(model=model, messages=question, tools=[weather]).input_tokens > counted


@check("errors")
def _():
    def refused(kind, **request):
        try:
            client.messages.create(**{"model": model, "max_tokens": 5, "messages": question, **request})
        except kind as e:
            assert e.body["type"] == "error" and e.body["error"]["message"], e.body
            return e.body["error"]
        raise AssertionError(f"{request} was not refused")

    assert refused(anthropic.NotFoundError, model="no-such-model")["type"] == "not_found_error"
    assert "top_q" in refused(anthropic.BadRequestError, extra_body={"top_q": 1})["message"]
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}
    assert "image" in refused(anthropic.BadRequestError, messages=[{"role": "user", "content": [image]}])["message"]
    long = [{"role": "user", "content": "word " * 20000}]
    assert refused(anthropic.BadRequestError, messages=long)["type"] == "invalid_request_error"

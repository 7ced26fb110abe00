"""OpenAI's own client for Python: chat, stream, tools, JSON, embeddings, completions, responses, conversations, errors."""

import json
import os
import time

import openai
from pydantic import BaseModel

client = openai.OpenAI(base_url=os.environ["AYNI_URL"] + "/v1", api_key="none", max_retries=0, timeout=120)
model = os.environ["AYNI_MODEL"]
question = [{"role": "user", "content": "Name the capital of France in one short sentence."}]


def check(name):
    def run(function):
        started = time.time()
        function()
        print(f"  {name}: {time.time() - started:.1f} s", flush=True)

    return run


@check("models")
def _():
    assert model in [m.id for m in client.models.list()]
    assert client.models.retrieve(model).object == "model"


@check("chat")
def _():
    answer = client.chat.completions.create(
        model=model, messages=question, max_completion_tokens=24, temperature=0, seed=1, logprobs=True, top_logprobs=3
    )
    choice = answer.choices[0]
    assert "Paris" in choice.message.content, choice
    assert choice.finish_reason in ("stop", "length"), choice
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer.usage.prompt_tokens_details.cached_tokens >= 0
    assert answer.system_fingerprint.startswith("ayni-"), answer
    tokens = choice.logprobs.content
    assert len(tokens[0].top_logprobs) == 3 and tokens[0].logprob <= 0
    assert bytes(sum((t.bytes for t in tokens), [])).decode().startswith(choice.message.content[:5])


@check("the same seed, the same answer; several answers differ")
def _():
    def draw():
        answer = client.chat.completions.create(
            model=model, messages=question, max_tokens=12, n=2, temperature=1.5, seed=7
        )
        return [c.message.content for c in answer.choices]

    first = draw()
    assert first == draw()
    assert first[0] != first[1], first


@check("stream")
def _():
    with client.chat.completions.stream(
        model=model, messages=question, max_completion_tokens=24, temperature=0, stream_options={"include_usage": True}
    ) as stream:
        deltas = [event.delta for event in stream if event.type == "content.delta"]
        final = stream.get_final_completion()
    assert len(deltas) > 2, deltas
    assert "".join(deltas) == final.choices[0].message.content
    assert final.usage.completion_tokens > 2


@check("stop, penalties, bias")
def _():
    answer = client.chat.completions.create(
        model=model, messages=question, max_tokens=24, temperature=0, stop=["Paris"], presence_penalty=0.1,
        frequency_penalty=0.1, logit_bias={"5": -100}, extra_body={"top_k": 5, "min_p": 0.1},
    )
    assert "Paris" not in answer.choices[0].message.content
    assert answer.choices[0].finish_reason == "stop"


weather = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Tells the weather of a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string", "maxLength": 20}, "days": {"type": "integer", "minimum": 1, "maximum": 9}},
            "required": ["city", "days"],
            "additionalProperties": False,
        },
    },
}


@check("a tool that must be called, and its result")
def _():
    asked = [{"role": "user", "content": "What will the weather be in Lima?"}]
    answer = client.chat.completions.create(
        model=model, messages=asked, tools=[weather], tool_choice="required", max_tokens=80, temperature=0,
        parallel_tool_calls=False,
    )
    choice = answer.choices[0]
    assert choice.finish_reason == "tool_calls", choice
    call = choice.message.tool_calls[0]
    assert call.function.name == "get_weather"
    arguments = json.loads(call.function.arguments)
    assert set(arguments) == {"city", "days"} and 1 <= arguments["days"] <= 9, arguments
    told = client.chat.completions.create(
        model=model,
        messages=[*asked, choice.message, {"role": "tool", "tool_call_id": call.id, "content": "Drizzle, 16 degrees."}],
        tools=[weather], tool_choice="none", max_tokens=24, temperature=0,
    )
    assert told.choices[0].message.content


@check("a call in a stream")
def _():
    with client.chat.completions.stream(
        model=model, messages=[{"role": "user", "content": "Weather in Oslo?"}], tools=[weather],
        tool_choice={"type": "function", "function": {"name": "get_weather"}}, max_tokens=80, temperature=0,
    ) as stream:
        for _ in stream:
            pass
        choice = stream.get_final_completion().choices[0]
    assert choice.finish_reason == "tool_calls", choice
    json.loads(choice.message.tool_calls[0].function.arguments)


class River(BaseModel):
    name: str
    kilometres: int


@check("JSON of a schema")
def _():
    answer = client.chat.completions.parse(
        model=model, messages=[{"role": "user", "content": "Describe the Nile."}], response_format=River, max_tokens=80,
        temperature=0,
    )
    assert isinstance(answer.choices[0].message.parsed, River), answer
    any_object = client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": "Describe the Nile as JSON."}], max_tokens=60, temperature=0,
        response_format={"type": "json_object"},
    )
    assert isinstance(json.loads(any_object.choices[0].message.content), dict)


@check("completions, and the score of a text")
def _():
    answer = client.completions.create(model=model, prompt="The capital of France is", max_tokens=4, temperature=0)
    assert answer.choices[0].text
    scored = client.completions.create(
        model=model, prompt=["The sky is blue", "The sky is"], max_tokens=0, echo=True, logprobs=1
    )
    assert [c.text for c in scored.choices] == ["The sky is blue", "The sky is"]
    told = scored.choices[0].logprobs
    assert told.token_logprobs[0] is None and told.token_logprobs[1] < 0, told
    assert told.text_offset[1] == len(told.tokens[0])
    pieces = [c.choices[0].text for c in client.completions.create(
        model=model, prompt="One, two,", max_tokens=6, temperature=0, stream=True)]
    assert len(pieces) > 2, pieces


@check("responses")
def _():
    first = client.responses.create(model=model, input="Say hello.", max_output_tokens=16, temperature=0)
    assert first.output_text and first.usage.output_tokens > 0, first
    second = client.responses.create(
        model=model, input="And again.", previous_response_id=first.id, max_output_tokens=8, temperature=0
    )
    assert second.usage.input_tokens > first.usage.input_tokens
    assert client.responses.retrieve(first.id).output_text == first.output_text
    assert client.responses.input_items.list(second.id).data[0].content[0].text == "And again."
    with client.responses.stream(model=model, input="Count to three.", max_output_tokens=16, temperature=0) as stream:
        events = list(stream)
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert text and text == events[-1].response.output_text, events[-1]
    parsed = client.responses.parse(
        model=model, input="Describe the Nile.", text_format=River, max_output_tokens=80, temperature=0
    )
    assert isinstance(parsed.output_parsed, River), parsed
    client.responses.delete(first.id)
    try:
        client.responses.retrieve(first.id)
        raise AssertionError("a deleted response was found")
    except openai.NotFoundError:
        pass


@check("a response in the background, and one that is cancelled")
def _():
    later = client.responses.create(model=model, input="Say hello.", background=True, max_output_tokens=8)
    while later.status in ("queued", "in_progress"):
        time.sleep(0.05)
        later = client.responses.retrieve(later.id)
    assert later.output_text, later
    endless = client.responses.create(
        model=model, input="Tell a very long story.", background=True, max_output_tokens=4000, extra_body={"ignore_eos": True}
    )
    assert client.responses.cancel(endless.id).status == "cancelled"


@check("a conversation")
def _():
    conversation = client.conversations.create(metadata={"topic": "greetings"})
    for said in ("Hello.", "Bye."):
        client.responses.create(model=model, input=said, conversation=conversation.id, max_output_tokens=4)
    assert len(client.conversations.items.list(conversation.id).data) == 4
    assert client.conversations.delete(conversation.id).deleted


@check("errors")
def _():
    for wrong, expected in [
        (dict(model="no-such-model", messages=question), openai.NotFoundError),
        (dict(model=model, messages=question, extra_body={"sparkle": 1}), openai.BadRequestError),
        (dict(model=model, messages=question, temperature=-1), openai.BadRequestError),
        (dict(model=model, messages=[{"role": "user", "content": "word " * 20000}]), openai.BadRequestError),
    ]:
        try:
            client.chat.completions.create(**wrong)
            raise AssertionError(f"nothing was wrong with {str(wrong)[:60]}")
        except expected as e:
            assert e.code and e.body["message"], e
    told = client.chat.completions.with_raw_response.create(model=model, messages=question, max_tokens=1, user="ana")
    assert told.headers["x-ayni-passed-over"] == "user"


if embedder := os.environ.get("AYNI_EMBEDDER"):

    @check("embeddings")
    def _():
        vectors = client.embeddings.create(model=embedder, input=["a cat", "a kitten", "the stock market"]).data
        dot = lambda a, b: sum(x * y for x, y in zip(vectors[a].embedding, vectors[b].embedding))
        assert abs(dot(0, 0) - 1) < 1e-4
        assert dot(0, 1) > dot(0, 2)
        floats = client.embeddings.create(model=embedder, input="a cat", encoding_format="float").data[0].embedding
        assert max(abs(x - y) for x, y in zip(floats, vectors[0].embedding)) < 1e-5
else:
    print("  embeddings: not asked, the server has no model for them")

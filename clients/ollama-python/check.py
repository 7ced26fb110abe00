"""Ollama's own client for Python: chat, generate, stream, tools, JSON, vectors, and the models themselves."""

import json
import os
import time

import ollama

client = ollama.Client(host=os.environ["AYNI_URL"], timeout=120)
model = os.environ["AYNI_MODEL"]
embedder = os.environ.get("AYNI_EMBEDDER") or None
question = [{"role": "user", "content": "Name the capital of France in one short sentence."}]
greedy = {"temperature": 0, "num_predict": 24, "num_ctx": 2048}


def check(name):
    def run(function):
        started = time.time()
        function()
        print(f"  {name}: {time.time() - started:.1f} s", flush=True)

    return run


@check("models are listed and described")
def _():
    names = [m.model for m in client.list().models]
    assert model in names or model + ":latest" in names, names
    shown = client.show(model)
    assert shown.details.family == "llama", shown
    assert "completion" in shown.capabilities, shown
    assert any(key.endswith("context_length") for key in shown.modelinfo), shown


@check("chat")
def _():
    answer = client.chat(model=model + ":latest", messages=question, options=greedy)
    assert "Paris" in answer.message.content, answer
    assert answer.done and answer.done_reason in ("stop", "length"), answer
    assert answer.prompt_eval_count > 5 and 0 < answer.eval_count <= 24, answer
    assert answer.total_duration >= answer.eval_duration > 0, answer


@check("what is in memory")
def _():
    loaded = client.ps().models
    assert any(m.model.removesuffix(":latest") == model for m in loaded), loaded
    assert loaded[0].size > 0 and loaded[0].expires_at, loaded


@check("stream")
def _():
    parts = list(client.chat(model=model, messages=question, options=greedy, stream=True))
    assert len(parts) > 3 and parts[-1].done and not parts[0].done, parts
    assert "Paris" in "".join(p.message.content for p in parts), parts


@check("generate: whole, streamed, raw, and going on by its context")
def _():
    whole = client.generate(model=model, prompt="Name the capital of France.", options=greedy)
    assert "Paris" in whole.response, whole
    streamed = client.generate(model=model, prompt="Name the capital of France.", options=greedy, stream=True)
    assert "".join(p.response for p in streamed) == whole.response
    more = client.generate(model=model, prompt="Repeat that.", context=whole.context, options=greedy)
    assert more.prompt_eval_count > whole.prompt_eval_count, more
    raw = client.generate(model=model, prompt="The capital of France is", raw=True, options={**greedy, "num_predict": 4})
    assert raw.eval_count <= 4 and raw.context is None, raw


@check("the same seed, the same answer")
def _():
    def draw():
        options = {"temperature": 1.2, "seed": 3, "num_predict": 12}
        return client.chat(model=model, messages=question, options=options).message.content

    assert draw() == draw()


@check("JSON, free and of a schema")
def _():
    schema = {
        "type": "object",
        "properties": {"city": {"type": "string", "maxLength": 20}, "large": {"type": "boolean"}},
        "required": ["city", "large"],
    }
    options = {"temperature": 0, "num_predict": 80}
    answer = client.chat(model=model, messages=question, format=schema, options=options)
    read = json.loads(answer.message.content)
    assert isinstance(read["city"], str) and isinstance(read["large"], bool), read
    free = client.generate(model=model, prompt="A city as JSON.", format="json", options=options)
    assert free.response.lstrip().startswith("{"), free


@check("tools")
def _():
    def weather(city: str) -> str:
        """The weather of a city.

        Args:
          city: its name
        """
        return "sunny"

    answer = client.chat(
        model=model,
        messages=[{"role": "user", "content": "What is the weather in Lima?"}],
        tools=[weather],
        options=greedy,
    )
    assert answer.message.content or answer.message.tool_calls, answer
    call = {"function": {"name": "weather", "arguments": {"city": "Lima"}}}
    told = client.chat(
        model=model,
        messages=[
            {"role": "user", "content": "What is the weather in Lima?"},
            {"role": "assistant", "content": "", "tool_calls": [call]},
            {"role": "tool", "content": "sunny", "tool_name": "weather"},
        ],
        tools=[weather],
        options=greedy,
    )
    assert told.eval_count > 0, told


@check("log-probabilities")
def _():
    answer = client.chat(model=model, messages=question, options=greedy, logprobs=True, top_logprobs=2)
    assert answer.logprobs[0].logprob <= 0 and len(answer.logprobs[0].top_logprobs) == 2, answer.logprobs[:1]


@check("vectors")
def _():
    if embedder is None:
        print("  (no model for vectors is served)")
        return
    vectors = client.embed(model=embedder, input=["a cat", "a kitten", "a bank"]).embeddings
    dot = lambda a, b: sum(x * y for x, y in zip(a, b))
    assert abs(dot(vectors[0], vectors[0]) - 1) < 1e-3
    assert dot(vectors[0], vectors[1]) > dot(vectors[0], vectors[2])
    assert len(client.embeddings(model=embedder, prompt="a cat").embedding) == len(vectors[0])


@check("a model is made, asked, copied and deleted")
def _():
    name = "client-test-poet"
    last = client.create(model=name, from_=model, system="Answer in verse.", parameters={"temperature": 0, "num_predict": 8})
    assert last.status == "success", last
    assert client.chat(model=name, messages=question).eval_count <= 8
    assert client.show(name).parameters
    assert client.copy(name, name + "-2").status == "success"
    for made in (name, name + "-2"):
        assert client.delete(made).status == "success"
    try:
        client.show(name)
        raise AssertionError("it is still there")
    except ollama.ResponseError as e:
        assert e.status_code == 404


@check("pull of a model that is here")
def _():
    steps = [s.status for s in client.pull(model, stream=True)]
    assert steps[-1] == "success", steps


@check("errors")
def _():
    def refused(status, call):
        try:
            call()
        except ollama.ResponseError as e:
            assert e.status_code == status and e.error, e
            return e.error
        raise AssertionError("it was not refused")

    assert "not found" in refused(404, lambda: client.chat(model="no-such-model", messages=question))
    assert "temprature" in refused(400, lambda: client.chat(model=model, messages=question, options={"temprature": 1}))
    refused(404, lambda: client.pull("no-such-model"))


@check("unload, and load again")
def _():
    assert client.generate(model=model, keep_alive=0).done_reason == "unload"
    assert client.generate(model=model).done_reason == "load"

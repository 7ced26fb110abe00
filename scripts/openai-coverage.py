"""Compares the fields of OpenAI's types with those of the server's schemas; see openai-coverage."""

import collections.abc
import importlib
import inspect
import json
import pathlib
import sys
import types
import typing

import pydantic
import typing_extensions

GUIDE = pathlib.Path("docs/guide/openai.md")
BEGIN, END = "<!-- by scripts/openai-coverage --write -->", "<!-- end of it -->"
SCHEMAS = pathlib.Path("server/src/main/resources/dev/ayni/server/openai")

# endpoint, OpenAI's type of the request, ours, OpenAI's type of the answer, ours
ENDPOINTS = [
    ("POST /v1/chat/completions", "chat.completion_create_params.CompletionCreateParamsBase", "chat-completion.request",
     "chat.chat_completion.ChatCompletion", "chat-completion.answer"),
    ("  its chunks", None, None, "chat.chat_completion_chunk.ChatCompletionChunk", "chat-completion.chunk"),
    ("POST /v1/completions", "completion_create_params.CompletionCreateParamsBase", "completion.request",
     "completion.Completion", "completion.answer"),
    ("POST /v1/responses", "responses.response_create_params.ResponseCreateParamsBase", "response.request",
     "responses.response.Response", "response.answer"),
    ("  its events", None, None, "responses.response_stream_event.ResponseStreamEvent", "response.event"),
    ("GET /v1/responses/{id}/input_items", None, None, "responses.response_item_list.ResponseItemList", "items.answer"),
    ("POST /v1/conversations", "conversations.conversation_create_params.ConversationCreateParams", "conversation.request",
     "conversations.conversation.Conversation", "conversation.answer"),
    ("GET /v1/conversations/{id}/items", None, None, "conversations.conversation_item_list.ConversationItemList",
     "items.answer"),
    ("POST /v1/embeddings", "embedding_create_params.EmbeddingCreateParams", "embedding.request",
     "create_embedding_response.CreateEmbeddingResponse", "embedding.answer"),
    ("GET /v1/models", None, None, "model.Model", "model.answer"),
]


def named(path):
    module, name = path.rsplit(".", 1)
    return getattr(importlib.import_module("openai.types." + module), name)


def fields_of(kind):
    """The fields of a type, with their types; none if it has no fields."""
    if inspect.isclass(kind) and issubclass(kind, pydantic.BaseModel):
        return {field.alias or name: field.annotation for name, field in kind.model_fields.items()}
    if typing_extensions.is_typeddict(kind):
        return typing_extensions.get_type_hints(kind, include_extras=False)
    return {}


def paths(kind, prefix="", within=()):
    """The paths of all fields below a type; `a[].b` is the field b of what is listed in a."""
    origin = typing_extensions.get_origin(kind)
    arguments = typing_extensions.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return set().union(*(paths(one, prefix, within) for one in arguments))
    if origin in (typing_extensions.Annotated, typing_extensions.Required, typing_extensions.NotRequired):
        return paths(arguments[0], prefix, within)
    if inspect.isclass(origin) and issubclass(origin, (list, collections.abc.Iterable)) and not issubclass(origin, dict):
        return paths(arguments[0], prefix + "[]", within) if arguments else set()
    if kind in within:  # a type that holds itself
        return set()
    found = set()
    for name, inner in fields_of(kind).items():
        here = f"{prefix}.{name}" if prefix else name
        found.add(here)
        found |= paths(inner, here, (*within, kind))
    return found


def described(schema, prefix=""):
    """The same of a JSON Schema. What it leaves open counts as nothing below it."""
    found = set()
    for one in schema.get("oneOf", []):
        found |= described(one, prefix)
    if "items" in schema:
        found |= described(schema["items"], prefix + "[]")
    for name, inner in schema.get("properties", {}).items():
        if inner.get("x-ayni") == "refused":
            continue
        here = f"{prefix}.{name}" if prefix else name
        found |= {here} | described(inner, here)
    return found


def compare(theirs, ours):
    """(supported, all) for the fields at the top, the same for all levels, and what is missing."""
    wanted = paths(named(theirs)) | ({"stream"} if "Params" in theirs and "Base" in theirs else set())
    found = described(json.loads((SCHEMAS / (ours + ".json")).read_text()))
    top = {path for path in wanted if "." not in path}
    return (len(top & found), len(top)), (len(wanted & found), len(wanted)), sorted(wanted - found)


def share(counts):
    return f"{counts[0]}/{counts[1]} ({100 * counts[0] // counts[1]} %)"


def classes(theirs, ours):
    """OpenAI's fields at the top of a request, by what becomes of them here, and the fields that only others know."""
    wanted = {path for path in paths(named(theirs)) if "." not in path} | ({"stream"} if "Base" in theirs else set())
    described_here = json.loads((SCHEMAS / (ours + ".json")).read_text())["properties"]
    properties = {name: inner for name, inner in described_here.items() if inner.get("x-ayni") != "refused"}
    passed_over = {name for name, inner in properties.items() if inner.get("x-ayni") == "passed over"}
    supported = set(properties) - passed_over
    return wanted & supported, wanted & passed_over, wanted - set(properties), set(properties) - wanted


def code(names):
    return ", ".join(f"`{name}`" for name in sorted(names)) or "-"


def shares(markdown):
    """The table of shares, line by line, and what is missing."""
    import openai

    line = "| {:36} | {:15} | {:16} | {:15} | {:16} |" if markdown else "{:36} {:>15} {:>16} {:>15} {:>16}"
    lines = [f"Fields of openai {openai.__version__} that this server supports, harmless ones that it passes over included:",
             "", line.format("", "request: top", "all levels", "answer: top", "all levels")]
    if markdown:
        lines.append(line.format("---", "---", "---", "---", "---"))
    missing = []
    for name, request, our_request, answer, our_answer in ENDPOINTS:
        cells = [name, "", ""]
        if request:
            top, everything, gone = compare(request, our_request)
            cells[1:] = [share(top), share(everything)]
            missing += [(name, "request", path) for path in gone]
        top, everything, gone = compare(answer, our_answer)
        cells += [share(top), share(everything)]
        missing += [(name, "answer", path) for path in gone]
        lines.append(line.format(*cells).rstrip())
    return lines, missing


def fields():
    """The table of what becomes of each of OpenAI's fields."""
    lines = ["What becomes of each of OpenAI's fields at the top of a request, and which others are known:", "",
             "| | supported | passed over | refused by name | not OpenAI's |", "|---|---|---|---|---|"]
    for name, request, our_request, _, _ in ENDPOINTS:
        if request:
            lines.append("| " + " | ".join([name, *(code(names) for names in classes(request, our_request))]) + " |")
    return lines


def main():
    lines, missing = shares("--markdown" in sys.argv or "--write" in sys.argv)
    if "--write" in sys.argv:
        text = GUIDE.read_text()
        before, rest = text.split(BEGIN)
        after = rest.split(END)[1]
        GUIDE.write_text("\n".join([before + BEGIN, *lines, "", *fields(), END + after]))
    print("\n".join(lines))
    if "--missing" in sys.argv:
        print()
        for name, part, path in missing:
            print(f"{name.strip()}: {part}: {path}")


main()

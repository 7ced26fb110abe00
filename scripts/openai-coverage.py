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


def main():
    import openai

    markdown = "--markdown" in sys.argv
    line = "| {:36} | {:15} | {:16} | {:15} | {:16} |" if markdown else "{:36} {:>15} {:>16} {:>15} {:>16}"
    print(f"Fields of openai {openai.__version__} that this server supports, harmless ones that it passes over included")
    print()
    print(line.format("", "request: top", "all levels", "answer: top", "all levels"))
    if markdown:
        print(line.format("---", "---", "---", "---", "---"))
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
        print(line.format(*cells))
    if "--missing" in sys.argv:
        print()
        for name, part, path in missing:
            print(f"{name.strip()}: {part}: {path}")


main()

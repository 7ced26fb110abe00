package dev.ayni.server.openai;

import dev.ayni.server.http.Api;
import dev.ayni.server.http.ErrorShape;
import dev.ayni.server.http.Handler;
import dev.ayni.server.http.Route;
import dev.ayni.server.http.Route.Described;
import dev.ayni.server.models.ModelPool;
import java.util.List;

/** The protocol that OpenAI's clients speak, with what vLLM's and llama.cpp's users add to it. */
public final class OpenAiApi implements Api {
    private final List<Route> routes;
    private final Responses responses;

    /** @param store where responses and conversations are kept */
    public OpenAiApi(ModelPool pool, ResponseStore store) {
        Models models = new Models(pool);
        ChatCompletions chat = new ChatCompletions(models);
        Completions completions = new Completions(models);
        Embeddings embeddings = new Embeddings(models);
        Reranking reranking = new Reranking(models);
        Tokenization tokenization = new Tokenization(models);
        Conversations conversations = new Conversations(store);
        responses = new Responses(models, store, conversations);
        routes = List.of(
                route(
                        "POST",
                        "/v1/chat/completions",
                        "Answers a conversation.",
                        Schemas.of("chat-completion", "chat-completion"),
                        chat::answer),
                route(
                        "POST",
                        "/v1/completions",
                        "Continues texts.",
                        Schemas.of("completion", "completion"),
                        completions::answer),
                route(
                        "POST",
                        "/v1/responses",
                        "Answers, and keeps the answer.",
                        Schemas.of("response", "response"),
                        responses::create),
                route(
                        "POST",
                        "/v1/responses/input_tokens",
                        "Counts what a model would read.",
                        Schemas.of("response", "input-tokens"),
                        responses::inputTokens),
                route(
                        "GET",
                        "/v1/responses/{response}",
                        "Gives an answer that was kept.",
                        Schemas.of("", "response"),
                        responses::get),
                route(
                        "DELETE",
                        "/v1/responses/{response}",
                        "Forgets an answer.",
                        Schemas.of("", "deleted"),
                        responses::delete),
                route(
                        "POST",
                        "/v1/responses/{response}/cancel",
                        "Stops an answer.",
                        Schemas.of("", "response"),
                        responses::cancel),
                route(
                        "GET",
                        "/v1/responses/{response}/input_items",
                        "Lists what it answers.",
                        Schemas.of("", "items"),
                        responses::inputItems),
                route(
                        "POST",
                        "/v1/conversations",
                        "Begins a conversation that is kept.",
                        Schemas.of("conversation", "conversation"),
                        conversations::create),
                route(
                        "GET",
                        "/v1/conversations/{conversation}",
                        "Tells of a conversation.",
                        Schemas.of("", "conversation"),
                        conversations::get),
                route(
                        "POST",
                        "/v1/conversations/{conversation}",
                        "Changes its metadata.",
                        Schemas.of("conversation-update", "conversation"),
                        conversations::update),
                route(
                        "DELETE",
                        "/v1/conversations/{conversation}",
                        "Forgets it.",
                        Schemas.of("", "deleted"),
                        conversations::delete),
                route(
                        "GET",
                        "/v1/conversations/{conversation}/items",
                        "Lists what was said.",
                        Schemas.of("", "items"),
                        conversations::items),
                route(
                        "POST",
                        "/v1/conversations/{conversation}/items",
                        "Adds to it.",
                        Schemas.of("conversation-items", "items"),
                        conversations::addItems),
                route(
                        "GET",
                        "/v1/conversations/{conversation}/items/{item}",
                        "Tells an item.",
                        Schemas.of("", "item"),
                        conversations::item),
                route(
                        "DELETE",
                        "/v1/conversations/{conversation}/items/{item}",
                        "Forgets an item.",
                        Schemas.of("", "conversation"),
                        conversations::deleteItem),
                route(
                        "POST",
                        "/v1/embeddings",
                        "Turns texts into vectors.",
                        Schemas.of("embedding", "embedding"),
                        embeddings::answer),
                route(
                        "POST",
                        "/v1/rerank",
                        "Orders documents by how well they answer a query.",
                        Schemas.of("rerank", "rerank"),
                        reranking::answer),
                route(
                        "POST",
                        "/v2/rerank",
                        "The same, where Cohere's newer clients look.",
                        Schemas.of("rerank", "rerank"),
                        reranking::answer),
                route(
                        "POST",
                        "/rerank",
                        "The same, where Jina's and vLLM's users look.",
                        Schemas.of("rerank", "rerank"),
                        reranking::answer),
                route(
                        "POST",
                        "/v1/tokenize",
                        "Tells the tokens of a text or a conversation.",
                        Schemas.of("tokenize", "tokenize"),
                        tokenization::tokenize),
                route(
                        "POST",
                        "/v1/detokenize",
                        "Tells the text of tokens.",
                        Schemas.of("detokenize", "detokenize"),
                        tokenization::detokenize),
                route(
                        "GET",
                        "/tokenizer_info",
                        "Tells which tokens begin and end a text.",
                        Schemas.of("", "tokenizer-info"),
                        tokenization::info),
                route("GET", "/v1/models", "Lists the models.", Schemas.of("", "models"), models::list),
                route("GET", "/v1/models/{model...}", "Tells of one model.", Schemas.of("", "model"), models::one));
    }

    private static Route route(String method, String path, String summary, Described schema, Handler handler) {
        return Route.of(method, path, summary, schema, handler);
    }

    /** Ends kept answers whose program died, and forgets those that nobody used for too long; to be called now and then. */
    public void tidy() {
        responses.tidy();
    }

    @Override
    public String name() {
        return "openai";
    }

    @Override
    public List<Route> routes() {
        return routes;
    }

    @Override
    public ErrorShape errors() {
        return (error, requestId) -> OpenAiErrors.body(error);
    }
}

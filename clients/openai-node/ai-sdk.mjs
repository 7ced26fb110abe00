// Vercel's AI SDK, through its provider for servers that speak OpenAI's protocol and through the one for OpenAI itself.
import assert from "node:assert/strict";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { embed, generateObject, generateText, streamText, tool } from "ai";
import { z } from "zod";

const baseURL = process.env.AYNI_URL + "/v1";
const ayni = createOpenAICompatible({ name: "ayni", baseURL, apiKey: "none", supportsStructuredOutputs: true });
const model = ayni(process.env.AYNI_MODEL);
const prompt = "Name the capital of France in one short sentence.";
const usual = { maxRetries: 0, temperature: 0, maxOutputTokens: 24 };

const { text, usage } = await generateText({ model, prompt, ...usual });
assert.match(text, /Paris/);
assert.ok(usage.outputTokens > 0);
console.log("  ai: chat");

const { textStream } = streamText({ model, prompt, ...usual });
let told = "";
for await (const piece of textStream) told += piece;
assert.equal(told, text);
console.log("  ai: stream");

const { toolCalls } = await generateText({
  model,
  prompt: "Weather in Lima?",
  tools: { get_weather: tool({ description: "Tells the weather.", inputSchema: z.object({ city: z.string().max(20) }) }) },
  toolChoice: "required",
  ...usual,
  maxOutputTokens: 80,
});
assert.equal(typeof toolCalls[0].input.city, "string");
console.log("  ai: tools");

const { object } = await generateObject({
  model,
  prompt: "Describe the Nile.",
  schema: z.object({ name: z.string(), kilometres: z.number() }),
  ...usual,
  maxOutputTokens: 80,
});
assert.equal(typeof object.kilometres, "number");
console.log("  ai: JSON of a schema");

const openai = createOpenAI({ baseURL, apiKey: "none" });
const responded = await generateText({ model: openai.responses(process.env.AYNI_MODEL), prompt, ...usual });
assert.match(responded.text, /Paris/);
console.log("  ai: responses");

await assert.rejects(generateText({ model: ayni("no-such-model"), prompt, ...usual }), /no-such-model/);
console.log("  ai: errors");

if (process.env.AYNI_EMBEDDER) {
  const { embedding } = await embed({ model: ayni.textEmbeddingModel(process.env.AYNI_EMBEDDER), value: "a cat" });
  assert.ok(embedding.length > 10);
  console.log("  ai: embeddings");
}

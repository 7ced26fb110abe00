// OpenAI's own client for JavaScript.
import assert from "node:assert/strict";
import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";

const client = new OpenAI({ baseURL: process.env.AYNI_URL + "/v1", apiKey: "none", maxRetries: 0 });
const model = process.env.AYNI_MODEL;
const messages = [{ role: "user", content: "Name the capital of France in one short sentence." }];

const answer = await client.chat.completions.create({ model, messages, max_completion_tokens: 24, temperature: 0 });
assert.match(answer.choices[0].message.content, /Paris/);
console.log("  openai: chat");

const stream = client.chat.completions.stream({ model, messages, max_completion_tokens: 24, temperature: 0 });
let told = "";
for await (const chunk of stream) told += chunk.choices[0]?.delta?.content ?? "";
assert.equal(told, answer.choices[0].message.content);
console.log("  openai: stream");

const parameters = {
  type: "object",
  properties: { city: { type: "string", maxLength: 20 } },
  required: ["city"],
  additionalProperties: false,
};
const called = await client.chat.completions.create({
  model,
  messages: [{ role: "user", content: "Weather in Lima?" }],
  tools: [{ type: "function", function: { name: "get_weather", parameters } }],
  tool_choice: "required",
  max_tokens: 80,
  temperature: 0,
});
const call = called.choices[0].message.tool_calls[0];
assert.equal(call.function.name, "get_weather");
assert.equal(typeof JSON.parse(call.function.arguments).city, "string");
console.log("  openai: tools");

const River = z.object({ name: z.string(), kilometres: z.number() });
const parsed = await client.chat.completions.parse({
  model,
  messages: [{ role: "user", content: "Describe the Nile." }],
  response_format: zodResponseFormat(River, "river"),
  max_tokens: 80,
  temperature: 0,
});
assert.equal(typeof parsed.choices[0].message.parsed.kilometres, "number");
console.log("  openai: JSON of a schema");

const response = await client.responses.create({ model, input: "Say hello.", max_output_tokens: 16, temperature: 0 });
assert.ok(response.output_text.length > 0);
let events = 0;
for await (const event of await client.responses.create({ model, input: "Say hello.", max_output_tokens: 8, stream: true })) {
  assert.equal(event.sequence_number, events++);
}
console.log("  openai: responses");

await assert.rejects(client.chat.completions.create({ model: "no-such-model", messages }), OpenAI.NotFoundError);
await assert.rejects(client.chat.completions.create({ model, messages, n: 0 }), OpenAI.BadRequestError);
console.log("  openai: errors");

const leaver = new AbortController();
const left = await client.chat.completions.create(
  { model, messages, stream: true, max_tokens: 2000 },
  { signal: leaver.signal },
);
for await (const _ of left) leaver.abort();
console.log("  openai: a reader who leaves");

if (process.env.AYNI_EMBEDDER) {
  const vectors = await client.embeddings.create({ model: process.env.AYNI_EMBEDDER, input: ["a cat", "a kitten"] });
  assert.equal(vectors.data.length, 2);
  assert.ok(Math.abs(Math.hypot(...vectors.data[0].embedding) - 1) < 1e-3);
  console.log("  openai: embeddings");
}

/** The protocol of OpenAI's clients. */
package dev.ayni.server.openai;

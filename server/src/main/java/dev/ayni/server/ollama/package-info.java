/** Ollama's protocol: chats, texts, vectors, and the models of this machine. */
package dev.ayni.server.ollama;

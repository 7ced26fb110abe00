/** The protocol of llama.cpp's server, as far as it differs from OpenAI's. */
package dev.ayni.server.llamacpp;

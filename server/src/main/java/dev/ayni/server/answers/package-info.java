/** Answers of models on their way to a client. */
package dev.ayni.server.answers;

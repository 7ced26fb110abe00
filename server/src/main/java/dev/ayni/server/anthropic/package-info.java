/** Anthropic's protocol: messages, and how many tokens they have. */
package dev.ayni.server.anthropic;

/** Calls of tools and reasoning in what models write: the formats of the families, and a parser for streams of them. */
package dev.ayni.engine.toolcalls;

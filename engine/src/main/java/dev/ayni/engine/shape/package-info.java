/** What an answer may look like: JSON Schema, grammars and regular expressions as one automaton that masks tokens. */
package dev.ayni.engine.shape;

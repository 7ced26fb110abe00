/** From a prompt to tokens. */
package dev.ayni.engine.generation;

/** The guard around everything that the server's models are asked and answer, and what can be asked of the guard itself. */
package dev.ayni.server.guarding;

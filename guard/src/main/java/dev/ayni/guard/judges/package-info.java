/** Models that judge texts: Llama Guard, and any chat model with a policy in words. */
package dev.ayni.guard.judges;

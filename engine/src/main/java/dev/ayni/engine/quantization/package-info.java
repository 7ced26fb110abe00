/** Writes models anew: as GGUF files, in other types. */
package dev.ayni.engine.quantization;

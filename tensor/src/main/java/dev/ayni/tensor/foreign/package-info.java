/** Kernels in C, called through Java's foreign function interface; their sources are in {@code src/main/c}. */
package dev.ayni.tensor.foreign;

/** Measurements. */
package dev.ayni.benchmarks;

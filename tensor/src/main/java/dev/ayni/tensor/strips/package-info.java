/**
 * Quantised weights as the fast kernels read them: sixteen rows side by side. One layout for the Vector API and for C, so
 * that either computes with what the other has placed.
 */
package dev.ayni.tensor.strips;

package dev.ayni.guard.classifiers;

/**
 * Numbers of which most are 0.
 *
 * @param places where the others are, ascending
 * @param values what they are
 */
@SuppressWarnings("ArrayRecordComponent") // handed on, not compared
record SparseRow(int[] places, float[] values) {}

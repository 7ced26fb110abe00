/** Policies: what is allowed, rewritten, blocked or flagged, written in a file; and the guard that enforces them. */
package dev.ayni.guard.policy;

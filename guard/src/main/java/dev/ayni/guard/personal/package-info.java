/**
 * Personal data in texts: what finds it, by form, by check digits, by the words beside it and by a small model of sequences;
 * and what is put in its place.
 */
package dev.ayni.guard.personal;

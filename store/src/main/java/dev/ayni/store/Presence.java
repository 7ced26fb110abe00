package dev.ayni.store;

/**
 * Which programs are at work on a store, exactly: a program shows itself by a lock that the operating system or the
 * database lets go at the moment it dies, however it dies. What a dead one had begun can be taken over without waiting.
 */
public interface Presence {

    /** This program's mark: never given twice, and to be written beside what this program begins. */
    String mark();

    /** Whether the program with that mark is at work; about this one, always true. */
    boolean isPresent(String mark);
}

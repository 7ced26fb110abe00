/**
 * Small classifiers: what they see of a text, the linear models that judge by it, the recipe that makes them, and what their
 * errors are. They ship inside the room, with their card.
 */
@org.jspecify.annotations.NullMarked
package dev.ayni.guard.classifiers;

/**
 * Finding and getting models.
 *
 * <p>A {@link dev.ayni.hub.ModelReference} says which model is meant, the {@link dev.ayni.hub.Catalogue} knows some by
 * name, the {@link dev.ayni.hub.Hub} turns a reference into files, and the {@link dev.ayni.hub.LocalLibrary} keeps them.
 */
package dev.ayni.hub;

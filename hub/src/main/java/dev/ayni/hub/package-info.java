/** Finding and getting models. */
package dev.ayni.hub;

/** Who may ask, for what, and how much. */
package dev.ayni.server.access;

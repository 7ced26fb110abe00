/** Finding and replacing personal data, as Presidio's clients ask for it. */
package dev.ayni.server.presidio;

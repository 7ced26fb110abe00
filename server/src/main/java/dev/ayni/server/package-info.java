/** The server itself: its port, and what every request passes on its way to a handler. */
package dev.ayni.server;

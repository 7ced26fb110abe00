/** What OpenTelemetry is told of requests and of what models do for them. */
package dev.ayni.server.traces;

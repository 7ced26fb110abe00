/** Work that is handed in and fetched later: files, and batches of requests. */
package dev.ayni.server.jobs;

/** What handlers see of HTTP, and what they tell it. */
package dev.ayni.server.http;

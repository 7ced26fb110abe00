/** Checks by rules: secrets, invisible characters, hidden texts, addresses, insecure code, topics, languages, patterns. */
package dev.ayni.guard.rules;

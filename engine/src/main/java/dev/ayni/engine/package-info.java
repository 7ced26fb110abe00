/** Models opened from their files, ready to talk. */
package dev.ayni.engine;

/** The five-line door. */
package dev.ayni.library;

/** The program that people start. */
package dev.ayni.studio;

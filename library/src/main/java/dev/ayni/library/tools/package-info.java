/** Java methods as tools of a model, and the loop in which it uses them. */
package dev.ayni.library.tools;

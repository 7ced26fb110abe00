/** Families of models: one file each. */
package dev.ayni.engine.models;

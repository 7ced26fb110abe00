/** The models that a server has, and their memory. */
package dev.ayni.server.models;

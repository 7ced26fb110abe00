/** Chat templates. */
package dev.ayni.template;

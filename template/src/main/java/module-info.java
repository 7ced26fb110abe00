/** Chat templates: a subset of Jinja2 that cannot reach anything but the values it is given. */
@org.jspecify.annotations.NullMarked
module dev.ayni.template {
    requires static transitive org.jspecify;

    exports dev.ayni.template;
}

/** Where a thing came from and what may be said of it. */
@org.jspecify.annotations.NullMarked
module dev.ayni.provenance {
    requires static transitive org.jspecify;

    exports dev.ayni.provenance;
}

/** Hostile input: what every room's fuzz targets have in common. */
@org.jspecify.annotations.NullMarked
module dev.ayni.fuzz {
    requires static transitive org.jspecify;
    requires transitive org.junit.jupiter.api;

    exports dev.ayni.fuzz;
}

/** Measurements; never shipped. */
@org.jspecify.annotations.NullMarked
module dev.ayni.benchmarks {
    requires static transitive org.jspecify;
    requires dev.ayni.studio;
}

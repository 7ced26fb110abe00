/** Measurements; never shipped. */
@org.jspecify.annotations.NullMarked
module dev.ayni.benchmarks {
    requires static transitive org.jspecify;
    requires dev.ayni.engine;
    requires dev.ayni.tensor;
    requires jmh.core;
    requires jdk.unsupported; // of the code that JMH generates
}

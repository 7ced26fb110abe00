/** Runs open models: reads their weights, computes their families, generates. */
@org.jspecify.annotations.NullMarked
module dev.ayni.engine {
    requires static transitive org.jspecify;
    requires transitive dev.ayni.chat;
    requires transitive dev.ayni.tensor;
    requires transitive dev.ayni.tokenizer;
    requires dev.ayni.template;
    requires jdk.jfr;
    requires tools.jackson.databind;

    exports dev.ayni.engine;
    exports dev.ayni.engine.generation;
    exports dev.ayni.engine.machine;
    exports dev.ayni.engine.models;
    exports dev.ayni.engine.quantization;
    exports dev.ayni.engine.shape;
    exports dev.ayni.engine.weights;
}

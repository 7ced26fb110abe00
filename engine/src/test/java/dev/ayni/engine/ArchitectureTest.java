package dev.ayni.engine;

import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private static final JavaClasses ENGINE =
            new ClassFileImporter().withImportOption(new DoNotIncludeTests()).importPackages("dev.ayni.engine");

    @Test
    void generationUsesModelsWhichUseWeightsAndNeverTheOtherWay() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("engine")
                .definedBy("dev.ayni.engine")
                .layer("generation")
                .definedBy("dev.ayni.engine.generation")
                .layer("shape")
                .definedBy("dev.ayni.engine.shape")
                .layer("models")
                .definedBy("dev.ayni.engine.models")
                .layer("weights")
                .definedBy("dev.ayni.engine.weights")
                .layer("toolcalls")
                .definedBy("dev.ayni.engine.toolcalls")
                .layer("quantization")
                .definedBy("dev.ayni.engine.quantization")
                .whereLayer("engine")
                .mayOnlyBeAccessedByLayers("quantization")
                .whereLayer("quantization")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("generation")
                .mayOnlyBeAccessedByLayers("engine")
                .whereLayer("shape")
                .mayOnlyBeAccessedByLayers("engine", "generation", "toolcalls")
                .whereLayer("shape")
                .mayNotAccessAnyLayer()
                .whereLayer("models")
                .mayOnlyBeAccessedByLayers("engine", "generation", "quantization")
                .whereLayer("toolcalls")
                .mayOnlyBeAccessedByLayers("engine")
                .whereLayer("toolcalls")
                .mayOnlyAccessLayers("shape")
                .check(ENGINE);
    }
}

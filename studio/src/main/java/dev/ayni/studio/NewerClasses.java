package dev.ayni.studio;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassElement;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeModel;
import java.lang.classfile.MethodModel;
import java.lang.constant.ClassDesc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;
import org.jspecify.annotations.Nullable;

/**
 * Writes a jar anew, its oldest classes in the JVM's present form: those from before Java 6 have no stack maps, and the JVM's
 * cache of loaded classes leaves them out. They do the same as before.
 */
public final class NewerClasses {
    private NewerClasses() {}

    /** Arguments: a jar, and where the new one goes. */
    public static void main(String[] arguments) throws IOException {
        write(Path.of(arguments[0]), Path.of(arguments[1]));
    }

    /** Gives how many classes were written in the new form. */
    static int write(Path jar, Path to) throws IOException {
        int renewed = 0;
        try (JarFile old = new JarFile(jar.toFile());
                JarOutputStream out = new JarOutputStream(Files.newOutputStream(to))) {
            ClassHierarchyResolver own = ClassHierarchyResolver.ofResourceParsing(name -> open(old, name));
            ClassFile files = ClassFile.of(
                    StackMapsOption.GENERATE_STACK_MAPS,
                    ClassHierarchyResolverOption.of(own.orElse(ClassHierarchyResolver.defaultResolver())));
            for (JarEntry entry : Collections.list(old.entries())) {
                byte[] bytes;
                try (InputStream in = old.getInputStream(entry)) {
                    bytes = in.readAllBytes();
                }
                if (entry.getName().endsWith(".class")) {
                    ClassModel model = files.parse(bytes);
                    if (model.majorVersion() < ClassFile.JAVA_6_VERSION) {
                        bytes = files.transformClass(model, NewerClasses::renew);
                        renewed++;
                    }
                }
                ZipEntry same = new ZipEntry(entry.getName());
                same.setTime(entry.getTime());
                out.putNextEntry(same);
                out.write(bytes);
                out.closeEntry();
            }
        }
        return renewed;
    }

    private static @Nullable InputStream open(JarFile jar, ClassDesc name) {
        String descriptor = name.descriptorString(); // Lpackage/Name;
        ZipEntry entry = jar.getEntry(descriptor.substring(1, descriptor.length() - 1) + ".class");
        try {
            return entry == null ? null : jar.getInputStream(entry);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void renew(ClassBuilder to, ClassElement element) {
        switch (element) {
            case ClassFileVersion old -> to.withVersion(ClassFile.latestMajorVersion(), 0);
            case MethodModel method ->
                to.transformMethod(method, (builder, part) -> {
                    if (part instanceof CodeModel code) {
                        builder.transformCode(code, (instructions, instruction) -> instructions.with(instruction));
                    } else {
                        builder.with(part);
                    }
                });
            default -> to.with(element);
        }
    }
}

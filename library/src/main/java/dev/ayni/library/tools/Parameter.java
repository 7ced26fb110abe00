package dev.ayni.library.tools;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Describes a parameter of a {@link ToolMethod}, or a component of a record that is one. */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.PARAMETER, ElementType.RECORD_COMPONENT})
public @interface Parameter {
    /** What it means, for the model. */
    String value();

    /** Its name for the model; its own where empty, which the compiler keeps with {@code -parameters}. */
    String name() default "";
}

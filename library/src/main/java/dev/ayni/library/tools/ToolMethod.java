package dev.ayni.library.tools;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Offers a method to models as a tool. */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface ToolMethod {
    /** What it does and when to use it, for the model. */
    String value();

    /** Its name for the model; the method's own where empty. */
    String name() default "";
}

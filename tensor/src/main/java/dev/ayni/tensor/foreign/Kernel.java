package dev.ayni.tensor.foreign;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * A function of the library. All have the same parameters, so that one method handle, made when the first is called, calls
 * them all.
 */
record Kernel(MemorySegment function) {
    private static final class Handle {
        static final MethodHandle CALL = Linker.nativeLinker()
                .downcallHandle(FunctionDescriptor.ofVoid(
                        ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
    }

    /**
     * Does the items {@code from} to {@code to - 1} of a task.
     *
     * @param task where the task lies
     * @param scratch memory of the thread that computes, of the size that this kernel takes
     */
    void call(long task, long from, long to, long scratch) {
        try {
            Handle.CALL.invokeExact(function, task, from, to, scratch);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("a native call throws no checked exception", e);
        }
    }
}

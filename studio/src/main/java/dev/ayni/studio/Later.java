package dev.ayni.studio;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Something that is made when it is first asked for, and then kept. */
final class Later<T> implements Supplier<T> {
    private final Supplier<T> making;
    private @Nullable T made;

    Later(Supplier<T> making) {
        this.making = making;
    }

    @Override
    public synchronized T get() {
        T here = made;
        if (here == null) {
            here = making.get();
            made = here;
        }
        return here;
    }
}

package dev.ayni.server.models;

import dev.ayni.engine.generation.Load;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** A pool that does everything as another does, for those that do some things otherwise. */
public abstract class PoolAround implements ModelPool {
    private final ModelPool inner;

    /** @param inner closed with this one */
    protected PoolAround(ModelPool inner) {
        this.inner = inner;
    }

    /** The pool that has the models. */
    protected final ModelPool inner() {
        return inner;
    }

    @Override
    public List<ModelCard> models() {
        return inner.models();
    }

    @Override
    public List<String> names() {
        return inner.names();
    }

    @Override
    public Optional<ModelCard> find(String name) {
        return inner.find(name);
    }

    @Override
    public Lease lease(String name) {
        return inner.lease(name);
    }

    /** A lease whose model is another one around the one that is leased. */
    protected static Lease around(Lease lease, UnaryOperator<ServedModel> other) {
        return new Lease() {
            @Override
            public ServedModel model() {
                return other.apply(lease.model());
            }

            @Override
            public void keepAlive(Duration after) {
                lease.keepAlive(after);
            }

            @Override
            public void close() {
                lease.close();
            }
        };
    }

    @Override
    public List<Loaded> loaded() {
        return inner.loaded();
    }

    @Override
    public Map<String, Load> loads() {
        return inner.loads();
    }

    @Override
    public void unload(String name) {
        inner.unload(name);
    }

    @Override
    public void close() {
        inner.close();
    }
}

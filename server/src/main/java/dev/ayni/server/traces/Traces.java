package dev.ayni.server.traces;

import dev.ayni.server.http.Exchange;
import dev.ayni.server.models.ModelPool;
import java.util.function.Supplier;

/** Where it is told what requests went through. */
public interface Traces extends AutoCloseable {
    /**
     * Begins to trace a request, as a part of the trace that its {@code traceparent} names, if there is one.
     *
     * @param scheme http or https
     * @param route the path of its route, with {@code {name}} for what varies; empty: there is none
     */
    RequestTrace begin(Exchange exchange, String scheme, String route);

    /**
     * A pool whose models' answers are traced, each as a part of what the thread did that leased its model.
     *
     * @param pool closed with the one that is given
     */
    ModelPool around(ModelPool pool);

    /** Sends what was not sent yet, but does not wait for long. */
    @Override
    void close();

    /** The trace of one request. */
    interface RequestTrace {
        /** The id of the trace, 32 hexadecimal digits; empty: it is not traced. */
        String id();

        /** Does something as a part of the request. */
        <T> T within(Supplier<T> work);

        /**
         * Ends it.
         *
         * @param status of the answer; 499: the client left before it was whole
         * @param error what went wrong, as a word; empty: nothing
         */
        void end(int status, String error);
    }

    /** Nothing is told. */
    RequestTrace UNTRACED = new RequestTrace() {
        @Override
        public String id() {
            return "";
        }

        @Override
        public <T> T within(Supplier<T> work) {
            return work.get();
        }

        @Override
        public void end(int status, String error) {}
    };

    /** Nobody is told. */
    Traces NONE = new Traces() {
        @Override
        public RequestTrace begin(Exchange exchange, String scheme, String route) {
            return UNTRACED;
        }

        @Override
        public ModelPool around(ModelPool pool) {
            return pool;
        }

        @Override
        public void close() {}
    };
}

package dev.ayni.server.models;

import dev.ayni.chat.Limits;
import dev.ayni.chat.Sampling;

/** What requests for a model begin with where they say nothing else: whoever created the model has set it. */
public interface Defaults {
    /** The protocols' own. */
    Defaults NONE = new Defaults() {
        @Override
        public Sampling sampling(Sampling usual) {
            return usual;
        }

        @Override
        public Limits limits(Limits usual) {
            return usual;
        }
    };

    /**
     * How tokens are drawn.
     *
     * @param usual what the protocol begins with
     */
    Sampling sampling(Sampling usual);

    /**
     * When an answer ends.
     *
     * @param usual what the protocol begins with
     */
    Limits limits(Limits usual);
}

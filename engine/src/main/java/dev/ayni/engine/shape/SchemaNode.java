package dev.ayni.engine.shape;

import tools.jackson.databind.JsonNode;

/**
 * A schema within a document.
 *
 * @param id its number in the document
 * @param path where it stands, as a JSON Pointer behind #
 */
record SchemaNode(int id, JsonNode json, String path) {
    private static final int LONGEST_SHOWN = 500; // of a schema's own words, in a letter

    /** Whether a value must fit a schema, or must not. */
    record Obligation(SchemaNode schema, boolean holds) {
        int key() {
            return 2 * schema.id + (holds ? 1 : 0);
        }

        Obligation not() {
            return new Obligation(schema, !holds);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Obligation o && o.key() == key();
        }

        @Override
        public int hashCode() {
            return key();
        }
    }

    Obligation must() {
        return new Obligation(this, true);
    }

    Obligation mustNot() {
        return new Obligation(this, false);
    }

    /** The letter for a keyword of it. */
    ShapeException refused(String keyword, String found, String advice) {
        String shown = found.length() > LONGEST_SHOWN ? found.substring(0, LONGEST_SHOWN) + "..." : found;
        return new ShapeException("The schema at %s/%s %s. %s".formatted(path, keyword, shown, advice));
    }
}

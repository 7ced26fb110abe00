package dev.ayni.store;

import java.sql.SQLException;

/** Carries what a driver says out of a transaction, to where it becomes a letter or another try. */
final class BrokenStatement extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final SQLException said;

    BrokenStatement(SQLException said) {
        super(said);
        this.said = said;
    }

    SQLException said() {
        return said;
    }
}

/** The database: connections, migrations, transactions; a SQLite file by default, PostgreSQL by URL. */
@org.jspecify.annotations.NullMarked
module dev.ayni.store {
    requires static transitive org.jspecify;
    requires com.zaxxer.hikari;
    requires java.sql;
    requires org.postgresql.jdbc;
    requires org.xerial.sqlitejdbc;

    exports dev.ayni.store;
}

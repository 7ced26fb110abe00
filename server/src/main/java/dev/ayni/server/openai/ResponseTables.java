package dev.ayni.server.openai;

import dev.ayni.store.Schema;

/** Answers of {@code /v1/responses}, and conversations. Times are milliseconds since 1970. */
public final class ResponseTables {
    public static final Schema SCHEMA = Schema.of("responses", """
            -- program: who is still writing it; null: nobody, it is whole. stop_asked: 1 if whoever writes is to stop
            create table kept_document (
              id text primary key,
              owner text not null,
              kind text not null,
              json text not null,
              program text,
              stop_asked bigint not null,
              used_at bigint not null
            );
            create index kept_document_used on kept_document (used_at);
            create index kept_document_program on kept_document (program) where program is not null;
            """);

    private ResponseTables() {}
}

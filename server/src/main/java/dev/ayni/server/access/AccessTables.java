package dev.ayni.server.access;

import dev.ayni.store.Schema;

/** What access remembers: keys, how fast they are used, and the ledger of what was used. Times are milliseconds since 1970. */
public final class AccessTables {
    public static final Schema SCHEMA = Schema.of("access", """
            create table api_key (
              id text primary key,
              principal text not null,
              sha256 text not null unique,
              hint text not null,
              role text not null,
              priority bigint not null,
              requests_per_minute bigint,
              tokens_per_minute bigint,
              tokens_per_day bigint,
              tokens_per_month bigint,
              created_at bigint not null,
              expires_at bigint,
              revoked_at bigint
            );

            -- when an account's buckets are full again, in microseconds
            create table pace (
              account text primary key,
              requests_full_at bigint not null,
              tokens_full_at bigint not null
            );

            -- state: begun, done (all was used that stands in its lines), failed (nothing was used), interrupted (its
            -- program died; nothing was used)
            create table ledger_request (
              id text primary key,
              account text not null,
              principal text not null,
              request_id text not null,
              program text not null,
              state text not null,
              begun_at bigint not null,
              ended_at bigint
            );
            create index ledger_request_begun on ledger_request (program) where state = 'begun';

            create table ledger_line (
              request text not null references ledger_request (id),
              line bigint not null,
              model text not null,
              prompt_tokens bigint not null,
              reused_tokens bigint not null,
              answer_tokens bigint not null,
              written_at bigint not null,
              primary key (request, line)
            );

            -- the sums of the lines, in the same transactions
            create table ledger_day (
              account text not null,
              day text not null,
              model text not null,
              principal text not null,
              answers bigint not null,
              prompt_tokens bigint not null,
              reused_tokens bigint not null,
              answer_tokens bigint not null,
              primary key (account, day, model)
            );
            """);

    private AccessTables() {}
}

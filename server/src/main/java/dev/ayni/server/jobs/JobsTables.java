package dev.ayni.server.jobs;

import dev.ayni.store.Schema;

/** Files that were handed in or made, and batches. Times are milliseconds since 1970. */
public final class JobsTables {
    public static final Schema SCHEMA = Schema.of("jobs", """
            create table kept_file (
              id text primary key,
              owner text not null,
              name text not null,
              purpose text not null,
              bytes bigint not null,
              sha256 text not null,
              created_at bigint not null,
              expires_at bigint
            );
            create index kept_file_owner on kept_file (owner, created_at);

            -- program: who works at it; null: nobody yet
            create table batch (
              id text primary key,
              owner text not null,
              key_id text not null,
              priority bigint not null,
              endpoint text not null,
              input_file text not null,
              completion_window text not null,
              metadata text not null,
              status text not null,
              program text,
              created_at bigint not null,
              expires_at bigint not null,
              in_progress_at bigint,
              finalizing_at bigint,
              completed_at bigint,
              failed_at bigint,
              expired_at bigint,
              cancelling_at bigint,
              cancelled_at bigint,
              output_file text,
              error_file text,
              errors text,
              total bigint not null,
              completed bigint not null,
              failed bigint not null
            );
            create index batch_owner on batch (owner, created_at);

            -- a request of a batch that was answered; kept until the batch's files are written
            create table batch_line (
              batch text not null references batch (id),
              line bigint not null,
              custom_id text not null,
              status bigint not null,
              body text not null,
              primary key (batch, line)
            );
            """, """
            create index kept_file_expires on kept_file (expires_at) where expires_at is not null;

            -- null: its files are kept for good
            alter table batch add column output_expires_seconds bigint;
            """, """
            -- held by whoever looks whether there is room for a file
            create table kept_file_room (name text primary key);
            """);

    private JobsTables() {}
}

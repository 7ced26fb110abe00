package dev.ayni.server.http;

import dev.ayni.server.access.Caller;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What goes on for a request that is, or soon will be, answered: work that nobody waits for at a connection. What it uses and
 * what a guard decides about it is told here, and becomes no part of the request's own account. Any thread may.
 */
public abstract class Afterwards implements Exchange {
    private final Exchange asked;

    protected Afterwards(Exchange asked) {
        this.asked = asked;
    }

    /**
     * The work is over, and those who watch are told.
     *
     * @param status as an answer over HTTP would have it
     * @param error what went wrong, as a word; empty: nothing
     */
    public abstract void end(int status, String error);

    /** There is no such work after all. */
    public abstract void leaveOut();

    @Override
    public String id() {
        return asked.id();
    }

    @Override
    public String method() {
        return asked.method();
    }

    @Override
    public String path() {
        return asked.path();
    }

    @Override
    public @Nullable String header(String name) {
        return asked.header(name);
    }

    @Override
    public @Nullable String query(String name) {
        return asked.query(name);
    }

    @Override
    public String pathValue(String name) {
        return asked.pathValue(name);
    }

    @Override
    public byte[] body() {
        return asked.body();
    }

    @Override
    public List<Part> parts() {
        return List.of();
    }

    @Override
    public Caller caller() {
        return asked.caller();
    }

    @Override
    public void header(String name, String value) {
        throw answered();
    }

    @Override
    public void answer(int status, String contentType, byte[] body) {
        throw answered();
    }

    @Override
    public void json(Object value) {
        throw answered();
    }

    @Override
    public EventStream stream(String contentType) {
        throw answered();
    }

    private IllegalStateException answered() {
        return new IllegalStateException("The request %s is not answered by the work that follows it.".formatted(id()));
    }

    @Override
    public boolean begun() {
        return false;
    }
}

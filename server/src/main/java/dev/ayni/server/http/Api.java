package dev.ayni.server.http;

import java.util.List;

/** The part of the server that speaks one protocol. */
public interface Api {
    String name();

    List<Route> routes();

    /** How errors of these routes are written. */
    ErrorShape errors();
}

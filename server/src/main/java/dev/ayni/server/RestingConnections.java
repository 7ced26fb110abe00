package dev.ayni.server;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.Request;

/**
 * Closes connections on which no request has come for long, whatever trickles in: Jetty's own limit begins anew with every
 * byte, so that a head sent byte by byte would hold a connection for days.
 */
final class RestingConnections implements Connection.Listener {
    private final long mostMillis;
    private final Map<Connection, Long> since = new ConcurrentHashMap<>();

    RestingConnections(long mostMillis) {
        this.mostMillis = mostMillis;
    }

    @Override
    public void onOpened(Connection connection) {
        if (connection instanceof ConnectionMetaData) {
            since.put(connection, System.nanoTime());
        }
    }

    @Override
    public void onClosed(Connection connection) {
        since.remove(connection);
    }

    /** A request has come; once it is answered, its connection rests again. */
    void busy(Request request) {
        Connection connection = request.getConnectionMetaData().getConnection();
        since.remove(connection);
        Request.addCompletionListener(request, failure -> {
            since.put(connection, System.nanoTime());
            if (!connection.getEndPoint().isOpen()) {
                since.remove(connection);
            }
        });
    }

    void closeOverdue() {
        long now = System.nanoTime();
        since.forEach((connection, began) -> {
            if (now - began > 2 * mostMillis * 1_000_000 && since.remove(connection, began)) {
                connection.close();
            }
        });
    }
}

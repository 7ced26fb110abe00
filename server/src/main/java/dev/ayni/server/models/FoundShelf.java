package dev.ayni.server.models;

import dev.ayni.hub.CreatedModel;
import dev.ayni.hub.Hub;
import dev.ayni.hub.HubException;
import dev.ayni.hub.LocalModel;
import dev.ayni.hub.ModelReference;
import java.util.ArrayList;
import java.util.List;

/** The models that other programs have on this machine, and the files that created models are made of. */
public final class FoundShelf implements Shelf {
    private static final long FRESH_NANOS = 10_000_000_000L;

    private final Hub hub;
    private List<Book> books = List.of();
    private long lookedNanos;
    private boolean looked;

    public FoundShelf(Hub hub) {
        this.hub = hub;
    }

    @Override
    public synchronized List<Book> books() {
        if (!looked || System.nanoTime() - lookedNanos > FRESH_NANOS) {
            books = look();
            looked = true;
            lookedNanos = System.nanoTime();
        }
        return books;
    }

    private List<Book> look() {
        List<Book> found = new ArrayList<>();
        for (LocalModel model : hub.found().models()) {
            found.add(LibraryShelf.book(model));
        }
        for (CreatedModel created : hub.created().list()) {
            try {
                if (hub.parse(created.from()) instanceof ModelReference.LocalPath path) {
                    hub.here(path).map(LibraryShelf::book).ifPresent(found::add);
                }
            } catch (HubException e) {
                // the file is gone: the model that is made of it is not offered either
            }
        }
        return List.copyOf(found);
    }
}

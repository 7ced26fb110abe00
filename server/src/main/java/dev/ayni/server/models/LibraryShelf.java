package dev.ayni.server.models;

import dev.ayni.hub.Hub;
import dev.ayni.hub.LocalModel;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The models that were pulled. */
public final class LibraryShelf implements Shelf {
    private final Hub hub;

    public LibraryShelf(Hub hub) {
        this.hub = hub;
    }

    @Override
    public List<Book> books() {
        return hub.library().list().stream().map(LibraryShelf::book).toList();
    }

    /** A model as the hub knows it: by what was typed for it, or by its file's name if that was a path. */
    public static Book book(LocalModel model) {
        Set<String> others = new HashSet<>();
        String name = model.name();
        if (name.equals(model.source()) && model.pulled() == null) {
            others.add(name);
            name = String.valueOf(model.path().getFileName()).replaceFirst("(?i)\\.gguf$", "");
        } else if (name.startsWith("hf:")) {
            others.add(name.substring("hf:".length()));
        }
        return new Book(
                name,
                others,
                model.path(),
                model.bytes(),
                model.digest() == null ? "" : model.digest().hex());
    }
}

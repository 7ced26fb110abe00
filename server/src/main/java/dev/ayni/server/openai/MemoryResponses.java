package dev.ayni.server.openai;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Answers and conversations in memory, up to a size. */
final class MemoryResponses implements ResponseStore {
    private record Name(Kind kind, String owner, String id) {}

    private final long mostCharacters;
    private final Map<Name, String> documents = new LinkedHashMap<>(16, 0.75f, true); // least recently used first
    private long characters;

    MemoryResponses(long mostCharacters) {
        this.mostCharacters = mostCharacters;
    }

    @Override
    public synchronized void put(Kind kind, String owner, String id, String json) {
        delete(kind, owner, id);
        documents.put(new Name(kind, owner, id), json);
        characters += json.length();
        Iterator<String> oldest = documents.values().iterator();
        while (characters > mostCharacters && documents.size() > 1) {
            characters -= oldest.next().length();
            oldest.remove();
        }
    }

    @Override
    public synchronized Optional<String> get(Kind kind, String owner, String id) {
        return Optional.ofNullable(documents.get(new Name(kind, owner, id)));
    }

    @Override
    public synchronized boolean delete(Kind kind, String owner, String id) {
        String gone = documents.remove(new Name(kind, owner, id));
        characters -= gone == null ? 0 : gone.length();
        return gone != null;
    }
}

package dev.ayni.server.openai;

import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** Answers and conversations in memory, up to a size. */
final class MemoryResponses implements ResponseStore {
    private record Name(Kind kind, String owner, String id) {}

    private final long mostCharacters;
    private final Map<Name, String> documents = new LinkedHashMap<>(16, 0.75f, true); // least recently used first
    private final Set<Name> open = new HashSet<>();
    private final Set<Name> unwanted = new HashSet<>();
    private long characters;

    MemoryResponses(long mostCharacters) {
        this.mostCharacters = mostCharacters;
    }

    @Override
    public synchronized void add(Kind kind, String owner, String id, String json) {
        put(new Name(kind, owner, id), json);
    }

    private void put(Name name, String json) {
        remove(name);
        documents.put(name, json);
        characters += json.length();
        Iterator<Map.Entry<Name, String>> oldest = documents.entrySet().iterator();
        while (characters > mostCharacters && documents.size() > 1) {
            Map.Entry<Name, String> entry = oldest.next();
            characters -= entry.getValue().length();
            open.remove(entry.getKey());
            oldest.remove();
        }
    }

    private boolean remove(Name name) {
        String gone = documents.remove(name);
        characters -= gone == null ? 0 : gone.length();
        return gone != null;
    }

    @Override
    public synchronized void begin(String owner, String id, String json) {
        Name name = new Name(Kind.RESPONSE, owner, id);
        put(name, json);
        open.add(name);
    }

    @Override
    public synchronized Optional<String> get(Kind kind, String owner, String id) {
        return Optional.ofNullable(documents.get(new Name(kind, owner, id)));
    }

    @Override
    public synchronized Optional<String> change(Kind kind, String owner, String id, UnaryOperator<String> change) {
        Optional<String> changed = get(kind, owner, id).map(change);
        changed.ifPresent(json -> put(new Name(kind, owner, id), json));
        return changed;
    }

    @Override
    public synchronized void end(String owner, String id, String json) {
        Name name = new Name(Kind.RESPONSE, owner, id);
        open.remove(name);
        unwanted.remove(name);
        if (documents.containsKey(name)) {
            put(name, json);
        }
    }

    @Override
    public synchronized boolean delete(Kind kind, String owner, String id) {
        Name name = new Name(kind, owner, id);
        open.remove(name);
        unwanted.remove(name);
        return remove(name);
    }

    @Override
    public synchronized void askToStop(String owner, String id) {
        Name name = new Name(Kind.RESPONSE, owner, id);
        if (open.contains(name)) {
            unwanted.add(name);
        }
    }

    @Override
    public synchronized boolean wanted(String owner, String id) {
        Name name = new Name(Kind.RESPONSE, owner, id);
        return documents.containsKey(name) && !unwanted.contains(name);
    }

    @Override
    public synchronized void endAbandoned(Predicate<String> here, UnaryOperator<String> failed) {
        for (Name name : Set.copyOf(open)) {
            if (!here.test(name.id())) {
                open.remove(name);
                change(name.kind(), name.owner(), name.id(), failed);
            }
        }
    }

    @Override
    public void forgetOld() {} // what lasts as long as the program does not grow old
}

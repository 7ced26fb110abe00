package dev.ayni.engine.generation;

import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.engine.models.KvCache;
import dev.ayni.engine.models.KvPages;
import dev.ayni.engine.models.Model;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/** How an encoding comes about: some of the texts are read side by side, and when they are read, the next ones. */
final class Perusal implements Work {
    /*
     * So many tokens are begun together as a pass takes, and no more texts than their pages allow: each takes a page at
     * least. A text's pages are the next one's when it is read, since nothing follows it.
     */
    private final Encoding reader;
    private final Model model;
    private final List<int[]> texts;
    private final boolean onlyLast;
    private final Encoding.States states;
    private final int mostPages;
    private final List<Past> open = new ArrayList<>();
    private final ArrayDeque<KvCache> caches = new ArrayDeque<>(); // of no text at the moment
    private int begun;
    private boolean over;

    /** @param mostPages that the texts may take which are read side by side, if they are more than one */
    Perusal(Encoding reader, Model model, List<int[]> texts, boolean onlyLast, Encoding.States states, int mostPages) {
        this.reader = reader;
        this.model = model;
        this.texts = texts;
        this.onlyLast = onlyLast;
        this.states = states;
        this.mostPages = mostPages;
        begin();
    }

    private void begin() {
        int tokens = 0;
        int pages = 0;
        while (begun < texts.size()) {
            int[] text = texts.get(begun);
            tokens += text.length;
            pages += KvPages.of(text.length + 1);
            if (!open.isEmpty() && (tokens > Scheduler.MOST_TOKENS || pages > mostPages)) {
                return;
            }
            int number = begun;
            KvCache cache = caches.isEmpty() ? model.newCache() : caches.remove();
            open.add(Past.toHandOver(cache, text, onlyLast, state -> states.accept(number, state)));
            begun++;
        }
    }

    @Override
    public List<Past> texts() {
        return over ? List.of() : List.copyOf(open);
    }

    @Override
    public boolean isWanted() {
        return true; // all is handed over at once
    }

    @Override
    public boolean isOver() {
        return over;
    }

    @Override
    public boolean join() {
        return true;
    }

    @Override
    public boolean isItsOwn() {
        return false; // it closes caches
    }

    @Override
    public int goOn(Pass pass) {
        for (Past text : open) {
            text.rewind(0);
            caches.add(text.cache());
        }
        open.clear();
        begin();
        closeCaches();
        if (open.isEmpty()) {
            over = true;
            reader.end(null);
        } else {
            reader.advanced();
        }
        return 0;
    }

    private void closeCaches() {
        caches.forEach(KvCache::close);
        caches.clear();
    }

    @Override
    public void tellProgress() {
        reader.advanced();
    }

    @Override
    public void end(Reason reason) {
        if (!over) {
            over = true;
            reader.end(reason);
        }
    }

    @Override
    public void fail(Throwable problem) {
        over = true;
        reader.fail(problem);
    }

    @Override
    public void leave() {
        over = true;
        open.forEach(text -> text.cache().close());
        open.clear();
        closeCaches();
        reader.left();
    }
}

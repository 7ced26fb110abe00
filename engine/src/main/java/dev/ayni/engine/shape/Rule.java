package dev.ayni.engine.shape;

/** A part of a grammar that others call: states of the grammar's own, or a regular leaf. */
final class Rule {
    final int index;
    final String name;
    final int start;
    final int end;
    final Leaf leaf;

    private Rule(int index, String name, int start, int end, Leaf leaf) {
        this.index = index;
        this.name = name;
        this.start = start;
        this.end = end;
        this.leaf = leaf;
    }

    static Rule ofStates(int index, String name, int start, int end) {
        return new Rule(index, name, start, end, Leaf.NONE);
    }

    static Rule ofLeaf(int index, String name, Leaf leaf) {
        return new Rule(index, name, -1, -1, leaf);
    }

    boolean isLeaf() {
        return leaf != Leaf.NONE;
    }

    @Override
    public String toString() {
        return name;
    }
}

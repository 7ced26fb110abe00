package dev.ayni.engine.shape;

import dev.ayni.engine.shape.SchemaNode.Obligation;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** One alternative of what a value may be: for each type of JSON, what is asked of a value of this type. */
final class ValueShape {
    static final int NULL = 1;
    static final int FALSE = 2;
    static final int TRUE = 4;
    static final int NUMBER = 8;
    static final int STRING = 16;
    static final int ARRAY = 32;
    static final int OBJECT = 64;
    static final int ANY = 127;

    /**
     * What the elements of an array must be.
     *
     * @param first of the first elements, one by one
     * @param rest of all further ones; null: nothing is asked of them
     */
    record Elements(List<Obligation> first, @Nullable Obligation rest) {}

    /**
     * How many elements of an array must fit a schema.
     *
     * @param most -1: without end
     */
    record Contained(SchemaNode schema, int least, int most) {}

    /** What the value of a member must be. */
    record Member(String name, Obligation value) {}

    /** What the values of members must be whose names fit a pattern. */
    record Matching(String pattern, SchemaNode where, Obligation value) {}

    /** What the values of all other members must be: those without these names, and of none of these patterns. */
    record Others(Set<String> names, Map<String, SchemaNode> patterns, Obligation value) {}

    int types = ANY;
    NumberRange number = NumberRange.ANY;

    int leastLength;
    int mostLength = -1;
    TextLanguage language = TextLanguage.ALL;
    /** The only texts; null: any. */
    @Nullable
    Set<String> texts;

    int leastElements;
    int mostElements = -1;
    final List<Elements> elements = new ArrayList<>();
    final List<Contained> contained = new ArrayList<>();
    /** The schema that wants all elements to differ. */
    @Nullable
    SchemaNode unique;

    final Set<String> names = new LinkedHashSet<>();
    final Set<String> required = new LinkedHashSet<>();
    final Set<String> absent = new LinkedHashSet<>();
    final List<Member> members = new ArrayList<>();
    final List<Matching> matching = new ArrayList<>();
    final List<Others> others = new ArrayList<>();
    final List<Obligation> memberNames = new ArrayList<>();
    int leastMembers;
    int mostMembers = -1;
    /** The schema that asks for so many members. */
    @Nullable
    SchemaNode leastMembersOf;

    ValueShape copy() {
        ValueShape copy = new ValueShape();
        copy.types = types;
        copy.number = number;
        copy.leastLength = leastLength;
        copy.mostLength = mostLength;
        copy.language = language;
        copy.texts = texts;
        copy.leastElements = leastElements;
        copy.mostElements = mostElements;
        copy.elements.addAll(elements);
        copy.contained.addAll(contained);
        copy.unique = unique;
        copy.names.addAll(names);
        copy.required.addAll(required);
        copy.absent.addAll(absent);
        copy.members.addAll(members);
        copy.matching.addAll(matching);
        copy.others.addAll(others);
        copy.memberNames.addAll(memberNames);
        copy.leastMembers = leastMembers;
        copy.mostMembers = mostMembers;
        copy.leastMembersOf = leastMembersOf;
        return copy;
    }

    static int least(int a, int b) {
        return a < 0 ? b : b < 0 ? a : Math.min(a, b);
    }

    void onlyTexts(Set<String> only) {
        Set<String> both = new LinkedHashSet<>(only);
        if (texts != null) {
            both.retainAll(texts);
        }
        texts = both;
    }

    void require(String name) {
        names.add(name);
        required.add(name);
    }

    void forbid(String name) {
        names.add(name);
        absent.add(name);
    }

    /** The texts that are left, where only some are named; null: not counted. */
    @Nullable
    Set<String> namedTexts() {
        if (texts == null) {
            return null;
        }
        Set<String> left = new LinkedHashSet<>();
        for (String text : texts) {
            int length = text.codePointCount(0, text.length());
            if (length >= leastLength && (mostLength < 0 || length <= mostLength) && language.accepts(text)) {
                left.add(text);
            }
        }
        return left;
    }

    /** Takes away the types of which no value is left, as far as that is seen without looking into parts. */
    void dropEmptyTypes(Predicate<NumberRange> isEmpty) {
        Set<String> named = namedTexts();
        boolean noText =
                named != null ? named.isEmpty() : language.isEmpty() || (mostLength >= 0 && leastLength > mostLength);
        boolean noArray = (mostElements >= 0 && leastElements > mostElements)
                || contained.stream().anyMatch(c -> c.most() >= 0 && c.least() > c.most());
        Set<String> both = new TreeSet<>(required);
        both.retainAll(absent);
        boolean noObject =
                !both.isEmpty() || (mostMembers >= 0 && (required.size() > mostMembers || leastMembers > mostMembers));
        types &= ~((noText ? STRING : 0) | (noArray ? ARRAY : 0) | (noObject ? OBJECT : 0));
        if ((types & NUMBER) != 0 && isEmpty.test(number)) {
            types &= ~NUMBER;
        }
    }
}

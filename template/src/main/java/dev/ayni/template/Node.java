package dev.ayni.template;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a template says, as a tree. */
sealed interface Node {
    int line();

    /** Something that has a value. */
    sealed interface Expression extends Node {}

    record Literal(Object value, int line) implements Expression {}

    record Name(String name, int line) implements Expression {}

    record ListLiteral(List<Expression> items, int line) implements Expression {}

    record TupleLiteral(List<Expression> items, int line) implements Expression {}

    record DictLiteral(List<Expression> keys, List<Expression> values, int line) implements Expression {}

    record Unary(String sign, Expression operand, int line) implements Expression {}

    record Binary(String sign, Expression left, Expression right, int line) implements Expression {}

    record And(Expression left, Expression right, int line) implements Expression {}

    record Or(Expression left, Expression right, int line) implements Expression {}

    record Not(Expression operand, int line) implements Expression {}

    record Compare(Expression first, List<Comparison> rest, int line) implements Expression {}

    record Comparison(String sign, Expression operand) {}

    record Concat(List<Expression> parts, int line) implements Expression {}

    record Conditional(
            Expression test, Expression then, @Nullable Expression otherwise, int line) implements Expression {}

    record Attribute(Expression of, String name, int line) implements Expression {}

    record Item(Expression of, Expression index, int line) implements Expression {}

    record Slice(
            @Nullable Expression start,
            @Nullable Expression stop,
            @Nullable Expression step,
            int line) implements Expression {}

    record Call(Expression callee, Given given, int line) implements Expression {}

    /** A filter; its input is null where it stands for the text of a block. */
    record Filter(@Nullable Expression input, String name, Given given, int line) implements Expression {}

    record Test(Expression input, String name, Given given, int line) implements Expression {}

    /** The arguments of a call, a filter or a test. */
    record Given(
            List<Expression> positions,
            List<Named> names,
            @Nullable Expression star,
            @Nullable Expression stars) {
        static final Given NONE = new Given(List.of(), List.of(), null, null);
    }

    record Named(String name, Expression value) {}

    /** Something that is done. */
    sealed interface Statement extends Node {}

    record Data(String text, int line) implements Statement {}

    record Print(Expression value, int line) implements Statement {}

    record If(List<Branch> branches, List<Statement> otherwise, int line) implements Statement {}

    record Branch(Expression test, List<Statement> body) {}

    record For(
            Target target,
            Expression items,
            @Nullable Expression test,
            boolean recursive,
            List<Statement> body,
            List<Statement> otherwise,
            Frame bodyFrame,
            Frame testFrame,
            Frame otherwiseFrame,
            int line)
            implements Statement {}

    record Set(Target target, Expression value, int line) implements Statement {}

    record SetBlock(Target target, @Nullable Filter filter, List<Statement> body, Frame frame, int line)
            implements Statement {}

    record Macro(Signature signature, List<Statement> body, Frame frame, int line) implements Statement {}

    /** A call whose macro may call the body back; without a call, a {@code generation} block, which is its body. */
    record CallBlock(Signature signature, @Nullable Call call, List<Statement> body, Frame frame, int line)
            implements Statement {}

    record FilterBlock(Filter filter, List<Statement> body, Frame frame, int line) implements Statement {}

    record With(List<Target> targets, List<Expression> values, List<Statement> body, Frame frame, int line)
            implements Statement {}

    record Break(int line) implements Statement {}

    record Continue(int line) implements Statement {}

    /** The parameters of a macro; the last ones have the defaults. */
    record Signature(String name, List<String> parameters, List<Expression> defaults) {}

    /** Where a value is put. */
    sealed interface Target {}

    record NameTarget(String name) implements Target {}

    record AttributeTarget(String namespace, String attribute) implements Target {}

    record TupleTarget(List<Target> targets) implements Target {}

    /** Which names belong to a part of the template, and what they are on entering it; {@link Scopes} fills it in. */
    final class Frame {
        enum Load {
            /** Set by what enters the frame. */
            PARAMETER,
            /** Looked up in what the template is given. */
            GIVEN,
            /** A copy of the enclosing frame's. */
            OUTER,
            /** Nothing until it is set. */
            UNSET
        }

        Map<String, Load> loads = Map.of();
        boolean usesLoop;
        boolean usesCaller;
        boolean usesKeywords;
        boolean usesPositions;
    }
}

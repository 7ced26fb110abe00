package dev.ayni.engine.shape;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ayni.chat.Shape;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class GbnfTest {
    private static final String JSON = """
            root ::= object
            value ::= object | array | string | number | "true" | "false" | "null"
            object ::= "{" ws ( pair ( "," ws pair )* )? "}" ws
            pair ::= string ":" ws value
            array ::= "[" ws ( value ( "," ws value )* )? "]" ws
            string ::= "\\"" ( [^"\\\\\\x7F\\x00-\\x1F] | "\\\\" ( ["\\\\/bfnrt] | "u" [0-9a-fA-F]{4} ) )* "\\"" ws
            number ::= ( "-"? ( [0-9] | [1-9] [0-9]{0,15} ) ) ( "." [0-9]+ )? ( [eE] [-+]? [0-9] [1-9]{0,15} )? ws
            ws ::= | " " | "\\n" [ \\t]{0,20}""";

    static Stream<String> grammars() {
        return Stream.of(
                JSON,
                "root ::= \"yes\" | \"no\" | \"maybe\"",
                "root ::= [a-z]+",
                "root ::= [a-z]{3}",
                "root ::= [a-z]{2,5} \"!\"",
                "root ::= [^a-z]{1,4}",
                "root ::= .{0,6}",
                "root ::= \"a\"* \"b\"* \"c\"*",
                "root ::= ( \"ab\" | \"abc\" ) ( \"cd\" | \"d\" )",
                "root ::= \"(\" root \")\" | \"\"",
                "root ::= \"(\" root \")\" root | \"\"",
                "root ::= \"a\" root \"b\" | \"a\" root \"c\" | \"x\"",
                "root ::= \"a\" root \"a\" | \"b\" root \"b\" | \"a\" | \"b\" | \"\"",
                "root ::= term ( [-+] term )*\nterm ::= factor ( [*/] factor )*\nfactor ::= [0-9]+ | \"(\" root \")\"",
                "root ::= ( \"- \" item )+\nitem ::= [^\\n]{1,12} \"\\n\"",
                "root ::= [\\u3040-\\u309F]{1,5}",
                "root ::= [é-ü]+ \"ß\"?",
                "root ::= \"😀\" | [\\U0001F600-\\U0001F64F]{2}",
                "root ::= move (\" \" move)*\nmove ::= [a-h] [1-8] [a-h] [1-8] [qrbn]?",
                "root ::= \"\\x41\\x42\" [\\x30-\\x39]+ \"\\t\\r\\n\\\\\\\"\"",
                "root ::= a b c\na ::= \"x\"?\nb ::= a a\nc ::= b \"y\"",
                "root ::= (((\"a\" | \"b\") \"c\")? \"d\"){2,3}",
                "root ::= line{2}\nline ::= (word \" \"){1,3} word \".\\n\"\nword ::= [a-z] [a-z]*",
                "root ::= \"[\" (root (\",\" root)*)? \"]\"",
                "root ::= \"if \" e \" then \" root (\" else \" root)? | \"x\"\ne ::= [pq]",
                "root ::= [0-9]{4} \"-\" ( \"0\" [1-9] | \"1\" [0-2] ) \"-\" ( \"0\" [1-9] | [12] [0-9] | \"3\" [01] )",
                "root ::= s s s\ns ::= \"a\" | \"aa\" | \"aaa\"",
                "root ::= ( [a-c]* [b-d]* ){0,3} \"e\"",
                "root ::= \"<\" name \">\" root* \"</\" name \">\"\nname ::= [a-z]{1,3}",
                "root ::= [a\\]\\[-]+ [.^]",
                "# a comment\nroot ::= x-1 | x-2\nx-1 ::= \"1\" x-2?\nx-2 ::= \"2\" x-1?",
                "root ::= ( \"a\"? \"b\"? \"c\"? ){2,}");
    }

    @ParameterizedTest
    @MethodSource("grammars")
    void whatTheAutomatonWritesAPlainParserAcceptsAndBothRefuseTheSameMutations(String grammar) {
        ShapeAutomaton automaton = automaton(grammar);
        PlainGbnf plain = new PlainGbnf(grammar);
        Random random = new Random(5);
        for (int i = 0; i < 60; i++) {
            String text = walk(automaton, random, 40);
            assertThat(plain.accepts(text)).as(text).isTrue();
            for (int j = 0; j < 10; j++) {
                String changed = mutated(text, random);
                assertThat(automaton.matches(changed)).as(changed).isEqualTo(plain.accepts(changed));
            }
        }
    }

    static ShapeAutomaton automaton(String grammar) {
        return new ShapeAutomaton(Shapes.grammar(new Shape.Gbnf(grammar)), WritableBytes.ALL);
    }

    /** A random text of the shape, ended as soon as may be after so many bytes. */
    static String walk(ShapeAutomaton automaton, Random random, int bytes) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        ShapeState state = automaton.start();
        while (!state.isOver() && (!state.accepts() || (text.size() < bytes && random.nextInt(8) > 0))) {
            int next = state.nearestByte();
            if (text.size() < bytes || next < 0) {
                List<Integer> possible = new ArrayList<>();
                for (int b = 0; b < 256; b++) {
                    if (state.next(b) != null) {
                        possible.add(b);
                    }
                }
                next = possible.get(random.nextInt(possible.size()));
            }
            text.write(next);
            state = java.util.Objects.requireNonNull(state.next(next));
        }
        return text.toString(StandardCharsets.UTF_8);
    }

    private static String mutated(String text, Random random) {
        List<Integer> points = new ArrayList<>(text.codePoints().boxed().toList());
        int place = random.nextInt(points.size() + 1);
        int other = "ab c019\"{[(,:\n😀é".codePoints().toArray()[random.nextInt(15)];
        if (place == points.size() || random.nextInt(3) == 0) {
            points.add(place, other);
        } else if (random.nextBoolean()) {
            points.remove(place);
        } else {
            points.set(place, random.nextBoolean() ? other : points.get(random.nextInt(points.size())));
        }
        StringBuilder changed = new StringBuilder();
        points.forEach(changed::appendCodePoint);
        return changed.toString();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "root ::= root \"a\" | \"b\"",
                "root ::= x\nx ::= y? x \"a\" | \"b\"\ny ::= \"c\"",
                "root ::= a",
                "a ::= \"b\"",
                "root ::= \"a",
                "root ::= [a",
                "root ::= (\"a\"",
                "root ::= \"a\"{3,2}",
                "root ::= \"a\"{9999999}",
                "root ::= *",
                "root ::= \"\\q\"",
                "root ::= [z-a]",
                "root ::= <think>",
                "root = \"a\"",
                "root ::= \"a\"\nroot ::= \"b\"",
                "root ::= x\nx ::= \"a\" x",
                ""
            })
    void aWrongGrammarGetsALetter(String grammar) {
        assertThatThrownBy(() -> automaton(grammar)).isInstanceOf(ShapeException.class);
    }

    @Test
    void aGrammarThatWouldExplodeIsRefusedOrStaysSmall() {
        String nested = "root ::= " + "(".repeat(400) + "\"a\"" + "{1,9})".repeat(399) + ")";
        assertThatThrownBy(() -> automaton(nested)).isInstanceOf(ShapeException.class);
        ShapeAutomaton many = automaton("root ::= ([ab]* \"a\" [ab]{30})*");
        assertThat(many.matches("a" + "b".repeat(30))).isTrue();
        ShapeAutomaton stacks = automaton("root ::= \"a\" root \"b\" | \"a\" root \"c\" | \"x\"");
        assertThat(stacks.matches("a".repeat(300) + "x" + "bc".repeat(150))).isTrue();
    }
}

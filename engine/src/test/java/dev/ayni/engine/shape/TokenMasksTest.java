package dev.ayni.engine.shape;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ayni.chat.Shape;
import dev.ayni.engine.TimeLimit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

class TokenMasksTest {
    private static final String PERSON = """
            {"type": "object", "properties": {"name": {"type": "string", "maxLength": 40}, "age": {"type": "integer", "minimum": 0,
             "maximum": 150}, "tags": {"type": "array", "items": {"enum": ["a", "bb", "é"]}, "uniqueItems": true}},
             "required": ["name", "age"], "additionalProperties": false}""";

    static Stream<Shape> shapes() {
        return Stream.of(
                new Shape.JsonSchema(PERSON),
                new Shape.JsonSchema("{}"),
                new Shape.JsonSchema("{\"type\": \"string\"}"),
                new Shape.JsonSchema("{\"type\": \"string\", \"minLength\": 3, \"maxLength\": 9}"),
                new Shape.JsonSchema("{\"type\": \"string\", \"minLength\": 50}"),
                new Shape.JsonSchema("{\"type\": \"string\", \"pattern\": \"^[a-h ]+\\\\d$\"}"),
                new Shape.JsonSchema("{\"type\": \"string\", \"pattern\": \"na\"}"),
                new Shape.JsonSchema("{\"type\": \"string\", \"format\": \"date-time\"}"),
                new Shape.JsonSchema("{\"type\": \"number\", \"minimum\": -2.5, \"maximum\": 11}"),
                new Shape.JsonSchema("{\"const\": {\"name\": [1, \"😀\", null]}}"),
                new Shape.JsonSchema("""
                        {"$ref": "#/$defs/t", "$defs": {"t": {"type": "object", "properties": {"v": {"type": "integer"},
                         "c": {"type": "array", "items": {"$ref": "#/$defs/t"}}}, "required": ["v", "c"]}}}"""),
                new Shape.Gbnf("root ::= \"{\" [^{}]* \"}\" | \"[\" root \"]\""),
                new Shape.Regex("[a-h]{2,60}(😀|日本)*"),
                new Shape.Regex(".*"));
    }

    private static CompiledShape compiled(Shape shape, boolean dropsFirstSpace) {
        TinyTokenizer tokenizer = new TinyTokenizer(dropsFirstSpace);
        return new Shapes(tokenizer, tokenizer.size(), Set.of(TinyTokenizer.END), Set.of()).compiled(shape);
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void aMaskHoldsJustTheTokensThatCanBeReadOneByOne(Shape shape) {
        TinyTokenizer tokenizer = new TinyTokenizer(false);
        ShapeAutomaton automaton = new ShapeAutomaton(Shapes.grammar(shape), WritableBytes.ALL);
        TokenVocabulary vocabulary =
                new TokenVocabulary(tokenizer, tokenizer.size(), Set.of(TinyTokenizer.END), Marks.NONE);
        TokenMasks masks = new TokenMasks(automaton, vocabulary);
        Random random = new Random(1);
        for (int walk = 0; walk < 20; walk++) {
            ShapeState state = automaton.start();
            for (int step = 0; step < 30 && !state.isOver(); step++) {
                List<ShapeState> next = new ArrayList<>();
                TokenMasks.Mask mask = masks.after(state);
                for (int id = 0; id < tokenizer.size(); id++) {
                    ShapeState after = state;
                    for (byte b : tokenizer.bytes(id)) {
                        after = after == null ? null : after.next(b & 0xFF);
                    }
                    boolean allowed = id == TinyTokenizer.END ? state.accepts() : after != null;
                    assertThat(ShapeCursor.contains(mask.bits(), id))
                            .as(tokenizer.piece(id))
                            .isEqualTo(allowed);
                    if (after != null && id != TinyTokenizer.END) {
                        assertThat(after.distance()).isLessThanOrEqualTo(mask.farthest());
                        next.add(after);
                    }
                }
                assertThat(next).isNotEmpty();
                state = next.get(random.nextInt(next.size()));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void randomTokensWithinALimitMakeWholeTextsOfTheShape(Shape shape) {
        for (boolean dropsFirstSpace : new boolean[] {false, true}) {
            CompiledShape compiled = compiled(shape, dropsFirstSpace);
            int least = compiled.start().tokensToEnd();
            Random random = new Random(2);
            for (int i = 0; i < 60; i++) {
                int limit = least + random.nextInt(60);
                assertThat(compiled.matches(answer(compiled, dropsFirstSpace, limit, random)))
                        .isTrue();
            }
        }
    }

    /** Any tokens that are allowed, until they end or the limit is reached. */
    private static String answer(CompiledShape compiled, boolean dropsFirstSpace, int limit, Random random) {
        TinyTokenizer tokenizer = new TinyTokenizer(dropsFirstSpace);
        ShapeCursor cursor = compiled.start();
        List<Integer> ids = new ArrayList<>();
        while (ids.size() < limit && !cursor.isOver()) {
            int before = ids.size();
            for (int id : cursor.force(limit - ids.size())) {
                ids.add(id);
            }
            if (ids.size() > before) {
                continue;
            }
            long[] mask = cursor.allowed(limit - ids.size());
            List<Integer> allowed = new ArrayList<>();
            for (int id = 0; id < tokenizer.size(); id++) {
                if (ShapeCursor.contains(mask, id)) {
                    allowed.add(id);
                }
            }
            int id = allowed.get(random.nextInt(allowed.size()));
            if (id == TinyTokenizer.END) {
                break;
            }
            cursor.accept(id);
            ids.add(id);
        }
        return tokenizer.decode(ids.stream().mapToInt(i -> i).toArray());
    }

    @Test
    void whatCanOnlyBeWrittenInOneWayIsForced() {
        CompiledShape compiled =
                compiled(new Shape.Gbnf("root ::= \"the name\" [A-Z]+ \"; and so on\" [0-9] \".\""), false);
        ShapeCursor cursor = compiled.start();
        TinyTokenizer tokenizer = new TinyTokenizer(false);
        assertThat(tokenizer.decode(cursor.force(100))).isEqualTo("the name");
        assertThat(cursor.force(100)).isEmpty();
        cursor.accept(tokenizer.encode("X", false)[0]);
        assertThat(cursor.force(100)).isEmpty();
        cursor.accept(tokenizer.encode(";", false)[0]);
        assertThat(tokenizer.decode(cursor.force(100))).isEqualTo(" and so on");
        cursor.accept(tokenizer.encode("7", false)[0]);
        assertThat(tokenizer.decode(cursor.force(100))).isEqualTo(".");
        assertThat(cursor.isOver()).isTrue();
        assertThatThrownBy(() -> cursor.accept(9)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"type\": \"string\", \"pattern\": \"(a|b)*a(a|b){60}\"}",
                "{\"type\": \"string\", \"pattern\": \"((a{1000}){1000}){1000}\"}",
                "{\"type\": \"string\", \"pattern\": \"(?=a)b\"}",
                "{\"type\": \"string\", \"pattern\": \"(a\"}",
                "{\"type\": \"number\", \"multipleOf\": 1.23456789}",
                "{\"type\": \"array\", \"uniqueItems\": true}",
                "{\"type\": \"strange\"}",
                "{\"minimum\": \"1\"}",
                "{\"$ref\": \"https://example.com/schema\"}",
                "{\"$ref\": \"#/nowhere\"}",
                "{\"properties\": {\"a\": {\"items\": 7}}}",
                "{\"properties\": {\"a\": {\"items\": [{}]}}}",
                "{\"type\": \"string\", \"enum\": [1]}",
                "{\"allOf\": [{\"type\": \"string\"}, {\"type\": \"null\"}]}",
                "{\"minItems\": 1000000000}",
                "{\"type\": \"array\", \"minItems\": 900000, \"items\": {\"type\": \"null\"}}",
                "{",
                "[]",
                "7",
                ""
            })
    void whatCannotBeEnforcedGetsALetterSoon(String schema) {
        assertThatThrownBy(() -> Shapes.check(new Shape.JsonSchema(schema)))
                .isInstanceOf(ShapeException.class)
                .hasMessageMatching("(?s).*\\..*");
    }

    @Test
    void theLetterNamesThePath() {
        String schema = "{\"properties\": {\"a\": {\"items\": {\"format\": \"iri\"}}}}";
        assertThatThrownBy(() -> Shapes.check(new Shape.JsonSchema(schema)))
                .hasMessageContaining("#/properties/a/items/format");
    }

    @Test
    void nestingAndAlternativesAreBounded() {
        String deep = "{\"items\":".repeat(400) + "{}" + "}".repeat(400);
        Shapes.check(new Shape.JsonSchema(deep));
        StringBuilder wide = new StringBuilder("{\"allOf\": [");
        for (int i = 0; i < 40; i++) {
            wide.append(i == 0 ? "" : ",")
                    .append("{\"anyOf\": [{\"required\": [\"a%d\"]}, {\"required\": [\"b%d\"]}]}".formatted(i, i));
        }
        assertThatThrownBy(() -> Shapes.check(new Shape.JsonSchema(wide + "]}")))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("alternatives");
    }

    @Test
    void aSchemaOfAHundredMembersIsReadySoon() throws Exception {
        StringBuilder schema = new StringBuilder("{\"type\": \"object\", \"properties\": {");
        for (int i = 0; i < 100; i++) {
            String value = i % 3 == 0
                    ? "{\"type\": \"string\", \"maxLength\": %d}".formatted(20 + i)
                    : i % 3 == 1 ? "{\"type\": \"integer\", \"minimum\": %d}".formatted(i) : "{\"type\": \"boolean\"}";
            schema.append(i == 0 ? "" : ",").append("\"member%d\": %s".formatted(i, value));
        }
        schema.append("}, \"additionalProperties\": false}");
        new TimeLimit(2000)
                .hold(() -> compiled(new Shape.JsonSchema(schema.toString()), false)
                        .start()
                        .allowed(1000));
    }

    @Test
    void elementsThatDifferAreHeldToThatWhereTheirValuesAreFew() {
        CompiledShape compiled = compiled(new Shape.JsonSchema("""
                        {"type": "array", "uniqueItems": true, "minItems": 2,
                         "items": {"type": "number", "multipleOf": 0.5, "minimum": 1, "exclusiveMaximum": 4, "not": {"const": 2}}}
                        """), false);
        assertThat(compiled.matches("[1,1.5,3.5]")).isTrue();
        assertThat(compiled.matches("[3,1]")).isTrue();
        assertThat(compiled.matches("[1,1]")).isFalse();
        assertThat(compiled.matches("[1,2]")).isFalse();
        assertThat(compiled.matches("[1,4]")).isFalse();
        assertThat(compiled.matches("[0.5,1]")).isFalse();
    }

    @Test
    void membersComeInTheSchemasOrderAndAreJson() {
        CompiledShape compiled = compiled(new Shape.JsonSchema(PERSON), false);
        assertThat(compiled.matches("{\"name\": \"A\",\"age\":3}")).isTrue();
        assertThat(compiled.matches("{\n  \"name\": \"A\",\n  \"age\": 3,\n  \"tags\": []\n}"))
                .isTrue();
        assertThat(compiled.matches("{\"age\":3,\"name\":\"A\"}")).isFalse();
        assertThat(compiled.matches("{\"name\":\"A\",\"age\":3}}")).isFalse();
        assertThat(compiled.matches("{\"name\":\"A\",\"age\":03}")).isFalse();
        assertThat(compiled.matches("{\"name\":\"\\ud83d\",\"age\":3}")).isFalse();
        String answer = answer(compiled, false, 200, new Random(9));
        assertThat(JsonMapper.shared().readTree(answer).has("name")).isTrue();
    }
}

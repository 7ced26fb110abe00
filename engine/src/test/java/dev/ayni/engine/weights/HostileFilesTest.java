package dev.ayni.engine.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ayni.engine.TimeLimit;
import dev.ayni.tensor.DType;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that were damaged, or made to do harm: each gets a letter, and soon. */
final class HostileFilesTest {
    private static final TimeLimit A_SECOND = new TimeLimit(1000);

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void aGgufFileCutAtAnyByteGetsALetter(int version) throws Exception {
        byte[] whole = smallGguf(version);
        int lastNumber = whole.length - 32 + 4; // the last tensor is one float, then padding
        for (int length = 0; length < lastNumber; length++) {
            Path cut = Files.write(folder.resolve("cut.gguf"), Arrays.copyOf(whole, length));
            assertLetter(() -> readEverything(cut), cut.toString());
        }
        for (int length = lastNumber; length <= whole.length; length++) {
            readEverything(Files.write(folder.resolve("cut.gguf"), Arrays.copyOf(whole, length)));
        }
    }

    @Test
    void aSafetensorsFileCutAtAnyByteGetsALetter() throws Exception {
        Files.writeString(folder.resolve("config.json"), "{}");
        byte[] whole = smallSafetensors();
        for (int length = 0; length < whole.length; length++) {
            Path cut = Files.write(folder.resolve("model.safetensors"), Arrays.copyOf(whole, length));
            assertLetter(() -> readEverything(folder), folder.toString());
            assertLetter(() -> readEverything(cut), cut.toString());
        }
        readEverything(Files.write(folder.resolve("model.safetensors"), whole));
    }

    @Test
    void aConfigCutAtAnyByteGetsALetter() throws Exception {
        Files.write(folder.resolve("model.safetensors"), smallSafetensors());
        String whole = "{\"a\":1,\"b\":{\"c\":[1.5,true,null,\"x\",[2],{\"d\":3}]},\"e\":NaN}";
        for (int length = 0; length < whole.length(); length++) {
            Files.writeString(folder.resolve("config.json"), whole.substring(0, length));
            assertLetter(() -> readEverything(folder), "config.json");
        }
        Files.writeString(folder.resolve("config.json"), whole);
        readEverything(folder);
    }

    @Test
    void lengthsThatOverflowGetALetter() throws Exception {
        for (long length : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 32, Integer.MAX_VALUE, 65_536, 1000}) {
            assertGgufLetter(start(0, 1).u64(length).bytes(new byte[64]), "the name of key 0");
            assertGgufLetter(start(0, 1).text("key").u32(8).u64(length).ascii("value"), "the value of 'key'");
            for (int element = 0; element <= 12; element++) {
                assertGgufLetter(
                        start(0, 1).text("key").u32(9).u32(element).u64(length).ascii("value"), "the value of 'key'");
            }
            assertGgufLetter(
                    start(0, 1).text("key").u32(9).u32(8).u64(1).u64(length).ascii("value"), "'key'");
            assertGgufLetter(start(1, 0).u64(length).bytes(new byte[64]), "the name of tensor 0");
        }
    }

    @Test
    void countsThatLieGetALetter() throws Exception {
        for (long count : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 32, 10_000_000, 2}) {
            assertGgufLetter(start(count, 0).text("t").u32(1).u64(1).u32(0).u64(0), "tensor");
            assertGgufLetter(start(0, count).text("k").u32(0).u8(1), "key");
        }
        // one tensor less than there are: its description is taken for padding, and what was promised lies there
        Path file = Files.write(
                folder.resolve("less.gguf"),
                start(1, 0)
                        .text("a")
                        .u32(1)
                        .u64(1)
                        .u32(0)
                        .u64(0)
                        .text("b")
                        .u32(1)
                        .u64(1)
                        .u32(0)
                        .u64(32)
                        .pad(32)
                        .u64(0)
                        .toBytes());
        readEverything(file);
    }

    @Test
    void tenMillionRealKeysAreRefusedInTime() throws Exception {
        Path file = folder.resolve("keys.gguf");
        LittleEndian thousand = new LittleEndian();
        for (int i = 0; i < 1000; i++) {
            thousand.u64(8).ascii("key %04d".formatted(i)).u32(0).u8(1);
        }
        byte[] keys = thousand.toBytes();
        try (OutputStream out = Files.newOutputStream(file)) {
            out.write(start(0, 10_000_000).toBytes());
            for (int block = 0; block < 10_000; block++) {
                out.write(keys);
            }
        }
        assertLetter(() -> readEverything(file), "the number of keys is 10000000", "at most 65536");
    }

    @Test
    void millionsOfTextsAreBounded() throws Exception {
        int count = 5_000_000;
        byte[] empty = new byte[8 * count];
        assertGgufLetter(
                start(0, 1).text("texts").u32(9).u32(8).u64(count).bytes(empty),
                "'texts' makes more than 2097152 texts");
        LittleEndian arrays =
                start(0, 1).text("arrays").u32(9).u32(9).u64(count / 2).bytes(new byte[12 * (count / 2)]);
        assertGgufLetter(arrays, "'arrays' makes more than 65536 arrays");
    }

    @Test
    void aThousandArraysInEachOtherGetALetter() throws Exception {
        LittleEndian deep = start(0, 1).text("deep").u32(9);
        for (int i = 0; i < 1000; i++) {
            deep.u32(9).u64(1);
        }
        assertGgufLetter(deep.u32(0).u64(1).u8(1), "'deep' is an array in an array");
    }

    @Test
    void unknownTypesOfValuesGetALetter() throws Exception {
        assertGgufLetter(start(0, 1).text("key").u32(13).u64(0), "the type of 'key' is 13", "0 to 12");
        assertGgufLetter(start(0, 1).text("key").u32(-1).u64(0), "the type of 'key' is 4294967295");
        assertGgufLetter(start(0, 1).text("key").u32(9).u32(99).u64(1).u64(0), "the element type", "99");
    }

    @Test
    void shapesThatCannotBeGetALetter() throws Exception {
        assertGgufLetter(tensor(0, 0), "0 dimensions");
        assertGgufLetter(tensor(0, 0, 1, 1, 1, 1, 1), "5 dimensions");
        assertGgufLetter(tensor(0, 0, 0), "a dimension of 0");
        assertGgufLetter(tensor(0, 0, 0, 4), "a dimension of 0");
        assertGgufLetter(tensor(0, 0, -1), "a dimension of 18446744073709551615");
        assertGgufLetter(tensor(0, 0, 1L << 32, 1L << 32), "exceeds any memory");
        assertGgufLetter(tensor(0, 0, Long.MAX_VALUE), "exceeds any memory");
        assertGgufLetter(tensor(0, 0, 1L << 61, 4), "exceeds any memory");
        assertGgufLetter(tensor(0, 2, 33), "rows of 33 values", "Q4_0 holds 32");
        assertGgufLetter(tensor(0, 12, 128, 2), "rows of 128 values", "Q4_K holds 256");
        assertGgufLetter(tensor(0, 0, 1L << 40), "should end at byte");
    }

    @Test
    void placesThatCannotBeGetALetter() throws Exception {
        for (long offset : new long[] {1, 31, 33}) {
            assertGgufLetter(tensor(offset, 0, 1), "lies at " + offset, "a multiple of 32");
        }
        for (long offset : new long[] {-32, Long.MIN_VALUE, 1L << 62, 1 << 20}) {
            assertGgufLetter(tensor(offset, 0, 1), "lies at " + Long.toUnsignedString(offset));
        }
        assertGgufLetter(tensor(32, 0, 25), "should end at byte");
        LittleEndian overlapping = start(2, 0)
                .text("a")
                .u32(1)
                .u64(16)
                .u32(0)
                .u64(0)
                .text("b")
                .u32(1)
                .u64(8)
                .u32(0)
                .u64(32)
                .pad(32);
        assertGgufLetter(overlapping.bytes(new byte[128]), "'a' and 'b' overlap");
    }

    @Test
    void alignmentsThatCannotBeGetALetter() throws Exception {
        for (long alignment : new long[] {0, 3, 33, 0xFFFF_FFFFL}) {
            assertGgufLetter(
                    start(0, 1).text("general.alignment").u32(4).u32(alignment), "general.alignment is " + alignment);
        }
        assertGgufLetter(start(0, 1).text("general.alignment").u32(8).text("32"), "general.alignment is 32");
    }

    @Test
    void namesThatStandTwiceGetALetter() throws Exception {
        assertGgufLetter(start(0, 2).text("k").u32(0).u8(1).text("k").u32(0).u8(2), "the key 'k' stands twice");
        assertGgufLetter(
                start(2, 0)
                        .text("t")
                        .u32(1)
                        .u64(1)
                        .u32(0)
                        .u64(0)
                        .text("t")
                        .u32(1)
                        .u64(1)
                        .u32(0)
                        .u64(32)
                        .pad(32)
                        .bytes(new byte[64]),
                "tensor 't' stands twice");
    }

    @Test
    void namesThatAreNotUtf8AreReadWithReplacements() throws Exception {
        byte[] name = {'k', (byte) 0xFF, (byte) 0xC3};
        Path file = Files.write(
                folder.resolve("utf8.gguf"),
                start(0, 1).u64(3).bytes(name).u32(0).u8(1).toBytes());
        try (Weights weights = WeightsFiles.open(file)) {
            assertThat(weights.metadata().keys()).containsExactly("k\uFFFD\uFFFD");
        }
    }

    @Test
    void namesInALetterAreShortAndHoldNothingThatATerminalWouldObey() throws Exception {
        String name = "\u001b[2J\u0007" + "long".repeat(1000);
        Path file = Files.write(
                folder.resolve("hostile.gguf"),
                start(0, 1).text(name).u32(99).u64(0).toBytes());
        assertThatThrownBy(() -> WeightsFiles.open(file))
                .isInstanceOf(WeightsException.class)
                .satisfies(letter ->
                        assertThat(letter.getMessage()).hasSizeLessThan(600).doesNotMatch("(?s).*\\p{Cntrl}.*"));
        Files.writeString(folder.resolve("config.json"), "{}");
        assertHeaderLetter("{\"\\u001b[2J\":{},\"\\u001b[2J\":{}}", new byte[0], "'\uFFFD[2J'");
    }

    @Test
    void bigEndianAndUnknownVersionsAreNamed() throws Exception {
        assertGgufLetter(new LittleEndian().ascii("GGUF").bytes(new byte[] {0, 0, 0, 3}), "big-endian", "version 3");
        for (long version : new long[] {0, 4, 0xFFFF_FFFFL}) {
            assertGgufLetter(new LittleEndian().ascii("GGUF").u32(version), "is GGUF version " + version, "update");
        }
    }

    @Test
    void safetensorsHeadersThatCannotBeGetALetter() throws Exception {
        Files.writeString(folder.resolve("config.json"), "{}");
        byte[] four = new byte[4];
        String good = "\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]";
        assertHeaderLetter("{\"a\":{%s},\"a\":{%s}}".formatted(good, good), four, "Duplicate", "\"a\"");
        assertHeaderLetter("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}", four, "Duplicate");
        assertHeaderLetter("{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", four, "'a' has not its dtype");
        assertHeaderLetter("{\"a\":{%s,\"more\":1}}".formatted(good), four, "a member 'more'");
        assertHeaderLetter("{\"a\":[]}", four, "'a' is not what");
        assertHeaderLetter("{\"a\":{%s}} 1".formatted(good), four, "the header's end");
        assertHeaderLetter("[]        ", four, "the header");
        assertHeaderLetter("{\"__metadata__\":{\"a\":1}}", new byte[0], "'__metadata__'");
        assertHeaderLetter(place("F32", "[1]", "[4,0]"), four, "lies at bytes 4 to 0");
        assertHeaderLetter(place("F32", "[1]", "[0,8]"), four, "lies at bytes 0 to 8");
        assertHeaderLetter(place("F32", "[1]", "[0,2]"), four, "lies in 2 bytes", "not its size");
        assertHeaderLetter(place("F4", "[3]", "[0,2]"), four, "not its size");
        assertHeaderLetter(place("F32", "[2]", "[0,4]"), four, "not its size");
        assertHeaderLetter(place("F32", "[4294967296,4294967296]", "[0,4]"), four, "not its size");
        assertHeaderLetter(place("F32", "[-1]", "[0,4]"), four, "'a'");
        assertHeaderLetter(place("F32", "[1.0]", "[0,4]"), four, "'a'");
        assertHeaderLetter(place("F32", "[99999999999999999999]", "[0,4]"), four, "not valid JSON");
        assertHeaderLetter(place("F32", "[1]", "[0,4,8]"), four, "two data_offsets");
        assertHeaderLetter(place("F32", "[1]", "[0,4]"), new byte[8], "the last tensor ends at byte 4", "8 are there");
        assertHeaderLetter(place("F32", "[1]", "[4,8]"), new byte[8], "'a' begins at byte 4");
        assertHeaderLetter(
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]},\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[2,4]}}",
                four,
                "'b' begins at byte 2",
                "ends at 3");
        assertHeaderLetter("{\"a\":".repeat(1000), four, "'a'");
        assertHeaderLetter("{\"a\":{\"shape\":" + "[".repeat(1000), four, "'a'");
        assertHeaderLetter("{\"__metadata__\":" + "[".repeat(100_000), four, "'__metadata__'");
    }

    @Test
    void aSafetensorsHeaderLongerThanItsFileGetsALetter() throws Exception {
        Files.writeString(folder.resolve("config.json"), "{}");
        for (long length : new long[] {0, 1, 100, 100_000_001, Long.MAX_VALUE, -1, Long.MIN_VALUE}) {
            Path file = Files.write(
                    folder.resolve("model.safetensors"),
                    new LittleEndian().u64(length).ascii("{}").toBytes());
            assertLetter(() -> readEverything(folder), file.toString(), "the header should take");
        }
    }

    @Test
    void aMillionTensorsAreRefusedInTime() throws Exception {
        StringBuilder header = new StringBuilder("{");
        for (int i = 0; i < 1_000_000; i++) {
            header.append(i == 0 ? "" : ",")
                    .append("\"t")
                    .append(i)
                    .append("\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}");
        }
        Files.writeString(folder.resolve("config.json"), "{}");
        Files.write(
                folder.resolve("model.safetensors"),
                SafetensorsWriter.file(header.append('}').toString(), new byte[0]));
        assertLetter(() -> readEverything(folder), "more than 65536 tensors");
    }

    /** The letter of a GGUF file of these bytes, with some more so that nothing is missing at the end. */
    private void assertGgufLetter(LittleEndian bytes, String... said) throws Exception {
        Path file = Files.write(folder.resolve("hostile.gguf"), bytes.toBytes());
        assertLetter(() -> readEverything(file), said);
    }

    private void assertHeaderLetter(String header, byte[] numbers, String... said) throws Exception {
        Files.write(folder.resolve("model.safetensors"), SafetensorsWriter.file(header, numbers));
        assertLetter(() -> readEverything(folder), said);
    }

    private static void assertLetter(ThrowingCallable reading, String... said) throws Exception {
        A_SECOND.hold(() ->
                assertThatThrownBy(reading).isInstanceOf(WeightsException.class).hasMessageContainingAll(said));
    }

    private static void readEverything(Path path) {
        try (Weights weights = WeightsFiles.open(path)) {
            Metadata metadata = weights.metadata();
            for (String key : metadata.keys()) {
                assertThat(String.valueOf(metadata.value(key))).isNotNull();
            }
            Consumer<MemorySegment> touch = data -> {
                if (data.byteSize() > 0) {
                    data.get(ValueLayout.JAVA_BYTE, 0);
                    data.get(ValueLayout.JAVA_BYTE, data.byteSize() - 1);
                }
            };
            for (String name : weights.names()) {
                weights.stored(name);
                try {
                    touch.accept(weights.tensor(name).data());
                } catch (WeightsException unsupported) {
                    assertThat(unsupported).hasMessageContaining("which no kernel reads");
                }
                weights.forget(name);
            }
            if (metadata.value("tokenizer.ggml.model") != null) {
                GgufVocabularies.of(metadata);
            }
        }
    }

    private static LittleEndian start(long tensors, long keys) {
        return new LittleEndian().ascii("GGUF").u32(3).u64(tensors).u64(keys);
    }

    /** A file of one tensor, with 128 bytes of numbers. */
    private static LittleEndian tensor(long offset, int type, long... innermostFirst) {
        LittleEndian out = start(1, 0).text("t").u32(innermostFirst.length);
        for (long size : innermostFirst) {
            out.u64(size);
        }
        return out.u32(type).u64(offset).pad(32).bytes(new byte[128]);
    }

    private static String place(String type, String shape, String offsets) {
        return "{\"a\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":%s}}".formatted(type, shape, offsets);
    }

    private static byte[] smallGguf(int version) {
        return new GgufWriter()
                .version(version)
                .put("general.architecture", "llama")
                .put("tokenizer.ggml.model", "llama")
                .put("tokenizer.ggml.tokens", List.of("<unk>", "<s>", "ü"))
                .put("tokenizer.ggml.scores", new float[] {0, 0, -1})
                .put("tokenizer.ggml.token_type", new int[] {2, 3, 1})
                .put("tokenizer.ggml.bos_token_id", 1)
                .put("nested", List.of(List.of("a"), List.of("b", "c")))
                .put("f64", 2.5)
                .tensor("blk.0.w", DType.Q8_0, new byte[68], 2, 32)
                .tensor("blk.0.b", new float[] {1}, 1)
                .bytes();
    }

    private static byte[] smallSafetensors() {
        return new SafetensorsWriter()
                .notes("\"format\":\"pt\"")
                .tensor("a", new float[] {1, 2, 3, 4}, 2, 2)
                .tensor("b", DType.BF16, new float[] {1, 2}, 2)
                .tensor("c", "I64", new byte[8], 1)
                .bytes();
    }
}

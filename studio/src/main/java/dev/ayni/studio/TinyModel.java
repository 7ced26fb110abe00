package dev.ayni.studio;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** A model of a few thousand random numbers, with a vocabulary of single bytes and a chat template: enough to run everything. */
final class TinyModel {
    private static final int WIDTH = 64;
    private static final int LAYERS = 2;
    private static final int VOCABULARY = 259;
    private static final int ALIGNMENT = 32;
    private static final int STRING = 8;
    private static final int ARRAY = 9;
    private static final int UINT32 = 4;
    private static final int INT32 = 5;
    private static final int FLOAT32 = 6;
    private static final int F32 = 0;
    private static final int Q4_1 = 3;
    private static final String TEMPLATE =
            "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

    private final ByteBuffer out = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
    private final ByteArrayOutputStream data = new ByteArrayOutputStream();
    private final SplittableRandom random = new SplittableRandom(1);

    private final boolean answers;

    private TinyModel(boolean answers) {
        this.answers = answers;
    }

    /**
     * The bytes of a GGUF file: the family Llama, its matrices in Q4_1.
     *
     * @param answers whether it has a chat template
     */
    static byte[] gguf(boolean answers) {
        return new TinyModel(answers).write();
    }

    private record Weight(String name, int type, int... shape) {}

    private byte[] write() {
        List<Weight> weights = weights();
        out.putInt(0x46554747).putInt(3).putLong(weights.size()).putLong(answers ? 16 : 15);
        text("general.architecture", "llama");
        text("general.name", "tiny");
        number("llama.block_count", LAYERS);
        number("llama.context_length", 1024);
        number("llama.embedding_length", WIDTH);
        number("llama.feed_forward_length", 2 * WIDTH);
        number("llama.attention.head_count", 4);
        number("llama.attention.head_count_kv", 2);
        key("llama.attention.layer_norm_rms_epsilon", FLOAT32);
        out.putFloat(1e-5f);
        text("tokenizer.ggml.model", "gpt2");
        text("tokenizer.ggml.pre", "gpt-2");
        vocabulary();
        number("tokenizer.ggml.eos_token_id", VOCABULARY - 1);
        if (answers) {
            text("tokenizer.chat_template", TEMPLATE);
        }
        for (Weight weight : weights) {
            string(weight.name());
            out.putInt(weight.shape().length);
            for (int i = weight.shape().length - 1; i >= 0; i--) {
                out.putLong(weight.shape()[i]);
            }
            out.putInt(weight.type());
            while (data.size() % ALIGNMENT != 0) {
                data.write(0);
            }
            out.putLong(data.size());
            numbers(weight);
        }
        while (out.position() % ALIGNMENT != 0) {
            out.put((byte) 0);
        }
        byte[] file = new byte[out.position() + data.size()];
        out.flip().get(file, 0, out.limit());
        System.arraycopy(data.toByteArray(), 0, file, out.limit(), data.size());
        return file;
    }

    private static List<Weight> weights() {
        List<Weight> weights = new ArrayList<>();
        weights.add(new Weight("token_embd.weight", Q4_1, VOCABULARY, WIDTH));
        weights.add(new Weight("output_norm.weight", F32, WIDTH));
        for (int i = 0; i < LAYERS; i++) {
            String layer = "blk." + i + ".";
            weights.add(new Weight(layer + "attn_norm.weight", F32, WIDTH));
            weights.add(new Weight(layer + "attn_q.weight", Q4_1, WIDTH, WIDTH));
            weights.add(new Weight(layer + "attn_k.weight", Q4_1, WIDTH / 2, WIDTH));
            weights.add(new Weight(layer + "attn_v.weight", Q4_1, WIDTH / 2, WIDTH));
            weights.add(new Weight(layer + "attn_output.weight", Q4_1, WIDTH, WIDTH));
            weights.add(new Weight(layer + "ffn_norm.weight", F32, WIDTH));
            weights.add(new Weight(layer + "ffn_gate.weight", Q4_1, 2 * WIDTH, WIDTH));
            weights.add(new Weight(layer + "ffn_up.weight", Q4_1, 2 * WIDTH, WIDTH));
            weights.add(new Weight(layer + "ffn_down.weight", Q4_1, WIDTH, 2 * WIDTH));
        }
        return weights;
    }

    /** Ones for norms; for matrices blocks of scale, minimum and 32 random numbers of 4 bits. */
    private void numbers(Weight weight) {
        int values = 1;
        for (int size : weight.shape()) {
            values *= size;
        }
        ByteBuffer bytes = ByteBuffer.allocate(4 * values).order(ByteOrder.LITTLE_ENDIAN);
        if (weight.type() == F32) {
            for (int i = 0; i < values; i++) {
                bytes.putFloat(1);
            }
        } else {
            for (int block = 0; block < values / 32; block++) {
                bytes.putShort(Float.floatToFloat16(0.02f)).putShort(Float.floatToFloat16(-0.15f));
                bytes.putLong(random.nextLong()).putLong(random.nextLong());
            }
        }
        data.write(bytes.array(), 0, bytes.position());
    }

    /** GPT-2's alphabet of bytes in its own order, one merge, and two marks for turns. */
    private void vocabulary() {
        List<String> tokens = new ArrayList<>();
        int shifted = 256;
        for (int b = 0; b < 256; b++) {
            boolean printable = (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
            tokens.add(Character.toString(printable ? b : shifted++));
        }
        tokens.add("He");
        tokens.add("<|im_start|>");
        tokens.add("<|im_end|>");
        key("tokenizer.ggml.tokens", ARRAY);
        out.putInt(STRING).putLong(tokens.size());
        tokens.forEach(this::string);
        key("tokenizer.ggml.token_type", ARRAY);
        out.putInt(INT32).putLong(tokens.size());
        for (int i = 0; i < tokens.size(); i++) {
            out.putInt(i < 257 ? 1 : 3);
        }
        key("tokenizer.ggml.merges", ARRAY);
        out.putInt(STRING).putLong(1);
        string("H e");
    }

    private void key(String key, int type) {
        string(key);
        out.putInt(type);
    }

    private void number(String key, int value) {
        key(key, UINT32);
        out.putInt(value);
    }

    private void text(String key, String value) {
        key(key, STRING);
        string(value);
    }

    private void string(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.putLong(bytes.length).put(bytes);
    }
}

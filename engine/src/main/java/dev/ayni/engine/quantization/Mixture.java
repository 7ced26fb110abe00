package dev.ayni.engine.quantization;

import dev.ayni.tensor.DType;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which matrix of a model takes which type: what matters more than its size gets more bits. The choice is that of {@code
 * llama-quantize} (llama.cpp, {@code src/llama-quant.cpp}), so that files of one name are alike whoever made them. Tensors
 * have to be asked about in the order of their layers, once each.
 */
final class Mixture {
    /**
     * What the choice depends on.
     *
     * @param queriesPerKey how many query heads share one of keys and values; 0 where there are none
     * @param experts of a layer; 0 where it has none
     * @param tied whether the embedding table makes the logits too
     * @param valueMatrices how many matrices make values
     */
    record Facts(
            String family, int layers, int heads, int queriesPerKey, int experts, boolean tied, int valueMatrices) {
        /** Llama 2 and 3 and Qwen 2 of 70 billion numbers, whose values come from matrices that are eight times smaller. */
        boolean large() {
            return layers == 80 && (family.equals("qwen2") || (family.equals("llama") && queriesPerKey != 1));
        }
    }

    private enum Role {
        EMBEDDING,
        OUTPUT,
        QUERIES_KEYS_VALUES,
        VALUES,
        KEYS,
        QUERIES,
        ATTENTION_OUTPUT,
        UP,
        GATE,
        DOWN,
        OTHER;

        static Role of(String name) {
            if (name.equals("output.weight")) {
                return OUTPUT;
            }
            if (name.equals("token_embd.weight") || name.equals("per_layer_token_embd.weight")) {
                return EMBEDDING;
            }
            return name.contains("attn_qkv.weight")
                    ? QUERIES_KEYS_VALUES
                    : name.contains("attn_v.weight") || name.contains("attn_kv_b.weight")
                            ? VALUES
                            : name.contains("attn_k.weight")
                                    ? KEYS
                                    : name.contains("attn_q.weight")
                                            ? QUERIES
                                            : name.contains("attn_output.weight")
                                                    ? ATTENTION_OUTPUT
                                                    : name.contains("ffn_up")
                                                            ? UP
                                                            : name.contains("ffn_gate")
                                                                    ? GATE
                                                                    : name.contains("ffn_down") ? DOWN : OTHER;
        }

        boolean makesValues() {
            return this == VALUES || this == QUERIES_KEYS_VALUES;
        }
    }

    /** Parts of names of matrices that are small or delicate, and stay as they are. */
    private static final List<String> KEPT = List.of(
            "_norm.weight",
            "ffn_gate_inp.weight",
            "ffn_gate_tid2eid.weight",
            "altup",
            "laurel",
            "per_layer_model_proj",
            "ssm_conv1d",
            "shortconv.conv.weight",
            "attn_rel_b.weight",
            ".position_embd",
            ".patch_embd",
            ".patch_merger");

    private static final Set<String> KEPT_WHOLE = Set.of("position_embd.weight", "token_types.weight");

    private static final Pattern LAYER = Pattern.compile("blk\\.(\\d{1,6})\\..*");

    private static final Set<FileType> ABOUT_TWO_BITS =
            Set.of(FileType.IQ2_XXS, FileType.IQ2_XS, FileType.IQ2_S, FileType.IQ2_M, FileType.IQ1_S);

    private final FileType file;
    private final Facts facts;
    private final boolean important;
    private int values;
    private int downs;
    private int gates;
    private int ups;

    /** @param important whether an importance matrix is given */
    Mixture(FileType file, Facts facts, boolean important) {
        this.file = file;
        this.facts = facts;
        this.important = important;
    }

    /** Whether a tensor is a matrix that can be quantised. */
    static boolean canChange(String name, List<Long> shape) {
        return shape.size() >= 2
                && name.endsWith("weight")
                && KEPT.stream().noneMatch(name::contains)
                && !KEPT_WHOLE.contains(name);
    }

    static boolean makesValues(String name) {
        return Role.of(name).makesValues();
    }

    /** Whether a matrix of this type is worth nothing without an importance matrix. */
    static boolean needsImportance(String name, DType type, FileType file) {
        Role role = Role.of(name);
        if (role == Role.EMBEDDING || role == Role.OUTPUT) {
            return false;
        }
        return switch (type) {
            case IQ3_XXS, IQ2_XXS, IQ2_XS, IQ2_S, IQ1_S -> true;
            case Q2_K -> file == FileType.Q2_K_S;
            default -> false;
        };
    }

    /**
     * The type of a matrix that {@link #canChange}.
     *
     * @param pure whether all take the type that gives the name
     */
    DType of(String name, List<Long> shape, boolean pure) {
        DType type = file.type();
        if (!type.quantized()) {
            return type;
        }
        long width = shape.getLast();
        return fitting(pure ? type : chosen(Role.of(name), name, width, shape.size() > 2), width);
    }

    /** A type whose blocks fill rows of that width. */
    static DType fitting(DType type, long width) {
        if (width % type.blockValues() == 0) {
            return type;
        }
        DType smaller = switch (type) {
            case IQ1_S, IQ2_XXS, IQ2_XS, IQ2_S, IQ3_XXS, IQ3_S, IQ4_XS -> DType.IQ4_NL;
            case Q2_K, Q3_K, TQ1_0, TQ2_0 -> DType.Q4_0;
            case Q4_K -> DType.Q5_0;
            case Q5_K -> DType.Q5_1;
            case Q6_K -> DType.Q8_0;
            default -> type;
        };
        return width % smaller.blockValues() == 0 ? smaller : DType.F16;
    }

    private DType chosen(Role role, String name, long width, boolean ofExperts) {
        DType type = file.type();
        if (role == Role.OUTPUT || (facts.tied() && role == Role.EMBEDDING)) {
            return ofOutput(type, width);
        }
        if (file == FileType.MXFP4_MOE) {
            return ofExperts ? DType.MXFP4 : DType.Q8_0;
        }
        if (role == Role.EMBEDDING) {
            return switch (file) {
                case IQ2_XXS, IQ2_XS, IQ1_S -> DType.Q2_K;
                case IQ2_S, IQ2_M, IQ3_XXS -> DType.IQ3_S;
                case TQ1_0, TQ2_0 -> DType.Q4_K;
                default -> type;
            };
        }
        if (ABOUT_TWO_BITS.contains(file)) {
            return ofTwoBits(role, type);
        }
        return switch (role) {
            case VALUES, QUERIES_KEYS_VALUES -> ofValues(type);
            case KEYS -> ofKeysOrQueries(type, facts.experts() == 8);
            case QUERIES -> ofKeysOrQueries(type, false);
            case DOWN -> ofDown(type, name);
            case ATTENTION_OUTPUT -> ofAttentionOutput(type);
            case GATE -> ofGateOrUp(type, layer(name, gates++));
            case UP -> ofGateOrUp(type, layer(name, ups++));
            case EMBEDDING, OUTPUT, OTHER -> type;
        };
    }

    private DType ofOutput(DType type, long width) {
        if (file == FileType.MXFP4_MOE || facts.family().equals("falcon") || width % type.blockValues() != 0) {
            return DType.Q8_0;
        }
        if (ABOUT_TWO_BITS.contains(file) || file == FileType.IQ3_XXS) {
            return DType.Q5_K;
        }
        return type == DType.Q8_0 ? type : DType.Q6_K;
    }

    private DType ofTwoBits(Role role, DType type) {
        DType more = file == FileType.IQ2_S || file == FileType.IQ2_M ? DType.IQ3_S : DType.Q2_K;
        return switch (role) {
            case VALUES, QUERIES_KEYS_VALUES -> {
                values++;
                yield facts.queriesPerKey() >= 4 || facts.experts() >= 4 ? DType.Q4_K : more;
            }
            case KEYS -> facts.experts() == 8 ? DType.Q4_K : type;
            case DOWN -> downs++ < facts.layers() / 8 ? more : type;
            case ATTENTION_OUTPUT ->
                facts.experts() == 8
                        ? DType.Q5_K
                        : file == FileType.IQ1_S ? DType.IQ2_XXS : more == DType.IQ3_S ? more : type;
            default -> type;
        };
    }

    private DType ofValues(DType type) {
        int number = values++;
        boolean shared = facts.queriesPerKey() >= 4;
        DType chosen = switch (file) {
            case Q2_K -> shared ? DType.Q4_K : DType.Q3_K;
            case Q2_K_S -> shared ? DType.Q4_K : type;
            case IQ3_XXS -> shared ? DType.Q4_K : important ? DType.IQ3_XXS : DType.IQ3_S;
            case IQ3_XS, IQ3_S -> shared ? DType.Q4_K : type;
            case IQ3_M -> DType.Q4_K;
            case Q3_K_M -> number < 2 ? DType.Q5_K : DType.Q4_K;
            case Q3_K_L -> DType.Q5_K;
            case IQ4_NL, IQ4_XS -> shared ? DType.Q5_K : type;
            case Q4_K_M, Q5_K_M -> matters(number, facts.valueMatrices()) ? DType.Q6_K : type;
            case Q4_K_S -> number < 4 ? DType.Q5_K : type;
            default -> type;
        };
        if (facts.large() && (chosen == DType.Q3_K || chosen == DType.Q4_K)) {
            chosen = DType.Q5_K;
        }
        return facts.experts() == 8 ? DType.Q8_0 : chosen;
    }

    private DType ofKeysOrQueries(DType type, boolean precise) {
        return precise
                ? DType.Q8_0
                : switch (file) {
                    case IQ3_XS -> DType.IQ3_XXS;
                    case IQ3_XXS -> DType.IQ2_S;
                    default -> type;
                };
    }

    private DType ofDown(DType type, String name) {
        int layer = layer(name, downs++);
        int layers = facts.layers();
        boolean early = layer < layers / 8;
        boolean falcon = facts.family().equals("falcon");
        return switch (file) {
            case Q2_K -> DType.Q3_K;
            case Q2_K_S -> early ? DType.Q4_K : type;
            case IQ3_XXS -> important ? type : early ? DType.Q4_K : DType.Q3_K;
            case Q3_K_M ->
                layer < layers / 16 ? DType.Q5_K : !falcon || matters(layer, layers) ? DType.Q4_K : DType.Q3_K;
            case IQ3_M -> early || (facts.experts() == 8 && matters(layer, layers)) ? DType.Q4_K : type;
            case Q3_K_L -> falcon ? DType.Q4_K : DType.Q5_K;
            case Q4_K_M ->
                falcon
                        ? layer < layers / 16 ? DType.Q6_K : matters(layer, layers) ? DType.Q5_K : DType.Q4_K
                        : matters(layer, layers) ? DType.Q6_K : type;
            case IQ4_NL, IQ4_XS -> early && !important ? DType.Q5_K : type;
            case Q5_K_M -> matters(layer, layers) ? DType.Q6_K : type;
            case Q4_K_S -> early && !falcon ? DType.Q5_K : type;
            case Q4_0 -> early && important ? DType.Q4_1 : type;
            case Q5_0 -> early && important ? DType.Q5_1 : type;
            default -> type;
        };
    }

    private DType ofAttentionOutput(DType type) {
        if (facts.family().equals("falcon")) {
            return file == FileType.Q3_K_L ? DType.Q4_K : type;
        }
        if (facts.experts() == 8) {
            return switch (file) {
                case Q2_K, IQ3_XS, IQ3_XXS, Q3_K_S, Q3_K_M, IQ4_NL, Q4_K_S, Q4_K_M, IQ3_S, IQ3_M, IQ4_XS -> DType.Q5_K;
                default -> type;
            };
        }
        return switch (file) {
            case Q2_K -> DType.Q3_K;
            case IQ3_XXS -> DType.IQ3_S;
            case Q3_K_M, IQ3_M -> DType.Q4_K;
            case Q3_K_L -> DType.Q5_K;
            default -> type;
        };
    }

    private DType ofGateOrUp(DType type, int layer) {
        boolean middle = layer >= facts.layers() / 8 && layer < 7 * facts.layers() / 8;
        return file == FileType.IQ3_XS && middle ? DType.IQ3_XXS : type;
    }

    /** The first and the last eighth of the layers, and every third between them. */
    private static boolean matters(int layer, int layers) {
        return layer < layers / 8 || layer >= 7 * layers / 8 || (layer - layers / 8) % 3 == 2;
    }

    /** Matrices of a kind are counted; where layers have experts, the name says the layer. */
    private int layer(String name, int counted) {
        return facts.experts() > 1 ? layerOf(name) : counted;
    }

    /** The number of a tensor's layer; -1 where it stands outside of them. */
    static int layerOf(String name) {
        Matcher layer = LAYER.matcher(name.toLowerCase(Locale.ROOT));
        return layer.matches() ? Integer.parseInt(layer.group(1)) : -1;
    }
}

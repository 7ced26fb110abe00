package dev.ayni.engine.quantization;

import dev.ayni.engine.weights.WeightsException;
import dev.ayni.tensor.BlockQuantizer;
import dev.ayni.tensor.DType;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a whole file can be quantised to, by the names and numbers of {@code llama-quantize} (llama.h, "general.file_type"). Of
 * most, some matrices take another type than the one that gives the name: see {@link Mixture}.
 */
public enum FileType {
    F32(0, DType.F32),
    F16(1, DType.F16),
    BF16(32, DType.BF16),
    Q8_0(7, DType.Q8_0),
    Q6_K(18, DType.Q6_K),
    Q5_K_M(17, DType.Q5_K),
    Q5_K_S(16, DType.Q5_K),
    Q5_1(9, DType.Q5_1),
    Q5_0(8, DType.Q5_0),
    Q4_K_M(15, DType.Q4_K),
    Q4_K_S(14, DType.Q4_K),
    Q4_1(3, DType.Q4_1),
    Q4_0(2, DType.Q4_0),
    IQ4_NL(25, DType.IQ4_NL),
    IQ4_XS(30, DType.IQ4_XS),
    MXFP4_MOE(38, DType.MXFP4),
    Q3_K_L(13, DType.Q3_K),
    Q3_K_M(12, DType.Q3_K),
    Q3_K_S(11, DType.Q3_K),
    IQ3_M(27, DType.IQ3_S),
    IQ3_S(26, DType.IQ3_S),
    IQ3_XS(22, DType.IQ3_S),
    IQ3_XXS(23, DType.IQ3_XXS),
    Q2_K(10, DType.Q2_K),
    Q2_K_S(21, DType.Q2_K),
    IQ2_M(29, DType.IQ2_S),
    IQ2_S(28, DType.IQ2_XS),
    IQ2_XS(20, DType.IQ2_XS),
    IQ2_XXS(19, DType.IQ2_XXS),
    TQ2_0(37, DType.TQ2_0),
    TQ1_0(36, DType.TQ1_0),
    IQ1_S(24, DType.IQ1_S);

    private final int number;
    private final DType type;

    FileType(int number, DType type) {
        this.number = number;
        this.type = type;
    }

    /** The number in "general.file_type". */
    public int number() {
        return number;
    }

    /** The type of most matrices. */
    public DType type() {
        return type;
    }

    /** Those that can be made here, the most exact ones first. */
    public static List<FileType> made() {
        return Arrays.stream(values())
                .filter(each -> BlockQuantizer.makes(each.type))
                .toList();
    }

    /** The names of {@link #made}, for messages. */
    public static String names() {
        return made().stream().map(FileType::name).collect(Collectors.joining(", "));
    }

    /**
     * The file type of a name, capitals or not; "Q4_K" is "Q4_K_M" and so on, as in llama-quantize.
     *
     * @throws WeightsException if there is none of that name, or it is only read here
     */
    public static FileType of(String typed) {
        String name = typed.strip().toUpperCase(Locale.ROOT);
        FileType found = named(name)
                .or(() -> named(name + "_M"))
                .or(() -> named(name + "_MOE"))
                .orElseThrow(() -> new WeightsException(
                        "'%s' is no type that a model can be quantised to. There are: %s.".formatted(typed, names())));
        if (!BlockQuantizer.makes(found.type)) {
            throw new WeightsException(
                    "%s is read here, and not made. Made are: %s. Choose one of these, or make the file with llama-quantize."
                            .formatted(found, names()));
        }
        return found;
    }

    private static Optional<FileType> named(String name) {
        return Arrays.stream(values()).filter(each -> each.name().equals(name)).findFirst();
    }

    /** What a file's "general.file_type" says; null if it says nothing that is known here. */
    public static @Nullable FileType ofNumber(int number) {
        return Arrays.stream(values())
                .filter(each -> each.number == number)
                .findFirst()
                .orElse(null);
    }
}

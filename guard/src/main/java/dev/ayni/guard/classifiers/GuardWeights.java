package dev.ayni.guard.classifiers;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The classifiers of a file, and its card: what they were made from and how often they err. */
public final class GuardWeights {
    /** The layers of the encoder that classifiers judge by. */
    static final int[] LAYERS = {0, 1, 2, 3, 4, 5, 6};

    private static final int MAGIC = 0x41474432; // AGD2

    private final CharacterModel characters;
    private final List<Classifier> classifiers;
    private final String card;

    GuardWeights(CharacterModel characters, List<Classifier> classifiers, String card) {
        this.characters = characters;
        this.classifiers = List.copyOf(classifiers);
        this.card = card;
    }

    /** Those that ship with Ayni. */
    public static GuardWeights shipped() {
        try (InputStream in = GuardWeights.class.getResourceAsStream("guard.weights")) {
            if (in == null) {
                throw new IllegalStateException(
                        "The guard's weights are not in this build. Make them with: ayni guard train --data DIR --out"
                                + " guard/src/main/resources/dev/ayni/guard/classifiers");
            }
            return read(in.readAllBytes(), "the weights that ship");
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "The guard's weights cannot be read from their jar. Build or fetch it again.", e);
        }
    }

    /** Those that {@code ayni guard train --out} wrote. */
    public static GuardWeights of(Path file) throws IOException {
        return read(Files.readAllBytes(file), file.toString());
    }

    /** What they were made from, under which licences, and how often they err, as JSON. */
    public String card() {
        return card;
    }

    List<Classifier> classifiers() {
        return classifiers;
    }

    CharacterModel characters() {
        return characters;
    }

    /** The classifier of a name. */
    Classifier classifier(String name) {
        return classifiers.stream()
                .filter(classifier -> classifier.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("There is no classifier '%s'. There are: %s."
                        .formatted(
                                name,
                                String.join(
                                        ", ",
                                        classifiers.stream()
                                                .map(Classifier::name)
                                                .toList()))));
    }

    byte[] bytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(MAGIC);
            byte[] text = card.getBytes(StandardCharsets.UTF_8);
            out.writeInt(text.length);
            out.write(text);
            out.write(characters.surprise());
            out.writeInt(classifiers.size());
            for (Classifier classifier : classifiers) {
                classifier.write(out);
            }
        } catch (IOException e) {
            throw new AssertionError("memory takes all bytes", e);
        }
        return bytes.toByteArray();
    }

    static GuardWeights read(byte[] bytes, String source) throws IOException {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            if (in.readInt() != MAGIC) {
                throw new IOException(
                        "%s are no weights of a guard of this version. Make them again with: ayni guard train --data DIR"
                                .formatted(source));
            }
            String card = new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
            CharacterModel characters = new CharacterModel(
                    in.readNBytes(CharacterModel.SYMBOLS * CharacterModel.SYMBOLS * CharacterModel.SYMBOLS));
            int count = in.readInt();
            List<Classifier> classifiers = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                classifiers.add(Classifier.read(in));
            }
            return new GuardWeights(characters, classifiers, card);
        } catch (EOFException e) {
            throw new IOException("%s end too early: the file is damaged. Get it again.".formatted(source), e);
        }
    }
}

package dev.ayni.guard.policy;

import dev.ayni.chat.Scheduling;
import dev.ayni.guard.Check;
import dev.ayni.guard.classifiers.ClassifierCheck.Kind;
import dev.ayni.guard.classifiers.Classifiers;
import dev.ayni.guard.classifiers.FewExamples;
import dev.ayni.guard.classifiers.GuardWeights;
import dev.ayni.guard.judges.LlamaGuard;
import dev.ayni.guard.judges.LlamaGuardTemplate;
import dev.ayni.guard.judges.PolicyJudge;
import dev.ayni.guard.personal.PersonalData;
import dev.ayni.guard.personal.Wanted;
import dev.ayni.guard.rules.InsecureCode;
import dev.ayni.guard.rules.InvisibleCharacters;
import dev.ayni.guard.rules.Language;
import dev.ayni.guard.rules.Patterns;
import dev.ayni.guard.rules.Secrets;
import dev.ayni.guard.rules.Smuggling;
import dev.ayni.guard.rules.Topics;
import dev.ayni.guard.rules.Unwrapped;
import dev.ayni.guard.rules.Urls;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The checks that a policy may name. */
public final class Checks {
    /** Makes a check from what a policy says of it. */
    interface Maker {
        /**
         * @param settings what stands under the check's name
         * @param folder of the policy's file, for names of files; null: it has none
         * @throws IllegalArgumentException if the settings contradict each other; the message is a letter
         */
        Check make(PolicyFields settings, @Nullable Path folder);
    }

    private final Map<String, Maker> makers;

    private Checks(Map<String, Maker> makers) {
        this.makers = makers;
    }

    /** Those that come with Ayni and need no model, by the names that policies know them by. */
    public static Checks shipped() {
        return shipped(GuardModels.NONE);
    }

    /** Those that come with Ayni. */
    public static Checks shipped(GuardModels models) {
        Map<String, Maker> makers = new LinkedHashMap<>();
        makers.put("personal", (settings, folder) -> personal(settings));
        makers.put("secrets", (settings, folder) -> hidden(settings, secrets(settings)));
        makers.put(
                "invisible",
                (settings, folder) -> new InvisibleCharacters(new InvisibleCharacters.Settings(
                        settings.whole("stacked-marks", 1, 1000, InvisibleCharacters.Settings.DEFAULT.stackedMarks()),
                        settings.flag("look-alikes", true))));
        makers.put("smuggling", (settings, folder) -> new Smuggling());
        makers.put(
                "urls",
                (settings, folder) -> new Urls(new Urls.Settings(
                        Set.copyOf(settings.texts("allowed")),
                        Set.copyOf(settings.texts("denied")),
                        settings.flag("all", false))));
        makers.put(
                "insecure-code",
                (settings, folder) -> new InsecureCode(new InsecureCode.Settings(
                        settings.flag("without-blocks", false), Set.copyOf(settings.texts("except")))));
        makers.put("topics", (settings, folder) -> topics(settings));
        makers.put("patterns", (settings, folder) -> patterns(settings));
        makers.put(
                "language",
                (settings, folder) -> new Language(new Language.Settings(
                        Set.copyOf(settings.texts("expected")),
                        settings.number("sure", 0, 1).orElse(0.9))));
        makers.put("llama-guard", (settings, folder) -> llamaGuard(settings, models));
        makers.put("judges", (settings, folder) -> judges(settings, models));
        Small small = new Small(models);
        makers.put("examples", (settings, folder) -> examples(settings, folder, small));
        for (Kind kind : Kind.values()) {
            makers.put(
                    kind.word(),
                    (settings, folder) -> small.classifiers()
                            .check(kind, settings.number("least", 0, 1).orElse(0.5)));
        }
        return new Checks(makers);
    }

    /** The small classifiers, opened when a policy first names one. */
    private static final class Small {
        private final GuardModels models;
        private @Nullable Classifiers opened;

        Small(GuardModels models) {
            this.models = models;
        }

        synchronized Classifiers classifiers() {
            Classifiers classifiers = opened;
            if (classifiers == null) {
                classifiers = new Classifiers(GuardWeights.shipped(), models.encoder());
                opened = classifiers;
            }
            return classifiers;
        }
    }

    private static Secrets secrets(PolicyFields settings) {
        return new Secrets(new Secrets.Settings(
                settings.number("entropy", 0, 8).orElse(Secrets.Settings.DEFAULT.entropy()),
                settings.flag("assignments", true),
                Set.copyOf(settings.texts("known"))));
    }

    /** The check, which also reads what is hidden in a text where the policy says {@code hidden: true}. */
    private static Check hidden(PolicyFields settings, Check check) {
        return settings.flag("hidden", false) ? new Unwrapped(check) : check;
    }

    /** Topics by name, each with its words and phrases. */
    private static Topics topics(PolicyFields settings) {
        List<Topics.Topic> topics = new ArrayList<>();
        for (String name : settings.names()) {
            topics.add(new Topics.Topic(name, settings.texts(name)));
        }
        return new Topics(new Topics.Settings(topics));
    }

    /** Regular expressions by name. */
    private static Patterns patterns(PolicyFields settings) {
        List<Patterns.Expression> expressions = new ArrayList<>();
        for (String name : settings.names()) {
            expressions.add(new Patterns.Expression(name, settings.text(name, "")));
        }
        return new Patterns(new Patterns.Settings(expressions));
    }

    /** Llama Guard, by the generation that the policy names. */
    private static LlamaGuard llamaGuard(PolicyFields settings, GuardModels models) {
        String model = settings.text("model");
        LlamaGuardTemplate template =
                settings.oneOf("reads", LlamaGuardTemplate.class, LlamaGuardTemplate.LLAMA_GUARD_3);
        double least = settings.number("least", 0.001, 1).orElse(new LlamaGuard.Settings(template).least());
        GuardModels.Judge judge = models.judge(model);
        return new LlamaGuard(
                judge.name(), judge.text(), judge.tokens(), new LlamaGuard.Settings(template, least, Scheduling.USUAL));
    }

    /** Chat models that judge by policies in words, by the categories that they find. */
    private static Check judges(PolicyFields settings, GuardModels models) {
        List<Check> judges = new ArrayList<>();
        for (String category : settings.names()) {
            PolicyFields said = settings.fields(category);
            if (said == null) {
                continue;
            }
            String model = said.text("model");
            String words = said.text("policy");
            int longest = said.whole("longest", 1, 10_000_000, new PolicyJudge.Settings("any", "any").longest());
            said.end();
            if (!model.isEmpty() && !words.isEmpty()) {
                judges.add(new PolicyJudge(
                        models.judge(model).chat(),
                        new PolicyJudge.Settings(category, words, longest, Scheduling.USUAL)));
            }
        }
        return new Together("judges", judges);
    }

    /** Categories that are learned from files of examples, by their names. */
    private static Check examples(PolicyFields settings, @Nullable Path folder, Small small) {
        List<Check> learned = new ArrayList<>();
        for (String category : settings.names()) {
            String name = settings.text(category);
            if (name.isEmpty()) {
                continue;
            }
            Path file = folder == null ? Path.of(name) : folder.resolve(name);
            try {
                FewExamples.Examples given = FewExamples.Examples.of(file);
                learned.add(small.classifiers()
                        .learned(new FewExamples.Examples(category, given.examples(), given.others())));
            } catch (IllegalArgumentException | IllegalStateException e) {
                settings.problems().add(settings.line(category), String.valueOf(e.getMessage()));
            } catch (IOException e) {
                settings.problems()
                        .add(
                                settings.line(category),
                                "The examples of '%s' cannot be read from %s: %s"
                                        .formatted(category, file, e.getMessage()));
            }
        }
        return new Together("examples", learned);
    }

    private static PersonalData personal(PolicyFields settings) {
        Set<String> known = new PersonalData().categories();
        Set<String> entities = new LinkedHashSet<>();
        for (String entity : settings.texts("entities")) {
            if (!known.contains(entity)) {
                settings.problems()
                        .add(
                                settings.line("entities"),
                                "No recogniser finds '%s'. They find %s.".formatted(entity, String.join(", ", known)));
            }
            entities.add(entity);
        }
        double threshold = settings.number("threshold", 0, 1).orElse(Wanted.ALL.threshold());
        Set<String> allowed = new LinkedHashSet<>(settings.texts("allowed"));
        return new PersonalData(new Wanted(
                entities,
                threshold,
                List.of(),
                threshold,
                Wanted.Allowed.texts(allowed),
                Set.of(),
                settings.text("language", "")));
    }

    /** These, and one of a program's own that takes no settings. */
    public Checks with(String name, Check check) {
        Map<String, Maker> more = new LinkedHashMap<>(makers);
        more.put(name, (settings, folder) -> check);
        return new Checks(more);
    }

    Set<String> names() {
        return makers.keySet();
    }

    @Nullable
    Maker maker(String name) {
        return makers.get(name);
    }
}

package dev.ayni.guard.classifiers;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * How one classifier is made: which texts are of its kind, which are not.
 *
 * @param name of the classifier
 * @param category what it finds
 * @param role of a sample in it
 * @param textPenalty on the weights of n-grams and counts
 * @param layersPenalty on the weights of layers; {@link #NO_LAYERS}: they are not looked at
 * @param emphasis how much more a set counts than its size says, by its name; 1 where it is not named
 * @param falsePositives the share of texts not of the kind that the threshold may let count as such, in {@link #traffic} of any
 *     one sort, and {@link #HARD_TIMES} of it in what is hard; 0: the threshold is where precision and recall are best together
 * @param alarms the share of harmless texts that the threshold may let count as of the kind
 * @param beside how much harmless texts of other sets count together, of what those count that are labelled not to be of the
 *     kind; they measure no precision; 0: there are none, all texts count by their sets
 * @param answers whether the texts are answers of models: they are judged by their {@link Manner} too, and measured on models
 *     of which training saw no answer
 * @param what in words, for the card
 */
record Recipe(
        String name,
        String category,
        Function<Sample, Role> role,
        double textPenalty,
        double layersPenalty,
        Map<String, Double> emphasis,
        double falsePositives,
        double alarms,
        double beside,
        boolean answers,
        String what) {

    /** How much more often than in other texts a threshold may be reached in hard ones. */
    static final double HARD_TIMES = 10;

    /** The sort of texts that look like attacks and are none, or may well be some. */
    private static final String HARD = "hard";

    /** What a sample is for a classifier. */
    enum Role {
        IS,
        IS_NOT,
        /** It says nothing about this kind, or is not labelled for it. */
        LEFT_OUT
    }

    /** The hazards by the codes of the set of hazard prompts. */
    private static final Map<String, String> HAZARDS = Map.ofEntries(
            Map.entry("vcr", "S1"),
            Map.entry("ncr", "S2"),
            Map.entry("src", "S3"),
            Map.entry("cse", "S4"),
            Map.entry("dfm", "S5"),
            Map.entry("spc_ele", "S13"),
            Map.entry("spc_fin", "S6"),
            Map.entry("spc_hlt", "S6"),
            Map.entry("spc_lgl", "S6"),
            Map.entry("prv", "S7"),
            Map.entry("ipv", "S8"),
            Map.entry("iwp", "S9"),
            Map.entry("hte", "S10"),
            Map.entry("ssh", "S11"),
            Map.entry("sxc_prn", "S12"));

    private static final Set<String> HARMFUL = Set.of(
            "advbench",
            "harmbench",
            "strongreject",
            "catqa",
            "dangerousqa",
            "harmfulqa",
            "own/harmful-contrast",
            "own/harmful-contrasts",
            "own/harmful-security");

    /** Long tasks about security are most like harmful ones, and few sets have any; ordinary requests are most of what is asked. */
    private static final Map<String, Double> REQUESTS = Map.of(
            "own/harmless-security", 5.0,
            "own/harmful-security", 0.3,
            "own/harmless-instructions", 3.0,
            "own/harmless-everyday", 3.0,
            "own/harmless-contrasts", 2.0,
            "own/harmful-contrasts", 2.0);

    /** Attacks are English for the most part: without this other languages would be a sign of one, and so would be documents. */
    private static final Map<String, Double> ATTACKS = Map.of(
            "own/harmless-tongues", 2.0,
            "own/harmless-languages", 2.0,
            "own/harmless-documents", 2.0,
            "made/documents", 2.0,
            "own/attack", 1.5,
            "own/injection", 1.5);

    /** The penalty of a classifier that judges by n-grams and counts alone, whether there is an encoder or not. */
    static final double NO_LAYERS = Double.POSITIVE_INFINITY;

    /** Passages that are allowed, but near to what is not: classifiers of content are measured on them. */
    static final String NEAR = "own/harmless-passages";

    /** Of harmless texts, so many may be taken for harmful content of a kind. */
    private static final double CONTENT_ALARMS = 0.005;

    /** How much harmless texts count beside labelled ones. */
    private static final double BESIDE = 0.3;

    /** All classifiers that ship, in the order of the file. */
    static List<Recipe> all() {
        List<Recipe> recipes = new ArrayList<>();
        recipes.add(content("moderation/any", "unsafe", "S", "H", "V", "HR", "SH", "S3", "H2", "V2"));
        recipes.add(content("moderation/sexual", "S12", "S"));
        recipes.add(content("moderation/hate", "S10", "H"));
        recipes.add(content("moderation/violence", "S1", "V"));
        recipes.add(content("moderation/harassment", "S10", "HR"));
        recipes.add(content("moderation/self-harm", "S11", "SH"));
        recipes.add(content("moderation/sexual/minors", "S4", "S3"));
        recipes.add(content("moderation/hate/threatening", "S10", "H2"));
        recipes.add(content("moderation/violence/graphic", "S1", "V2"));
        recipes.add(new Recipe(
                "moderation/self-harm/intent",
                "S11",
                Recipe::selfHarmIntent,
                0.1,
                0.3,
                Map.of(),
                0,
                0.01,
                BESIDE,
                false,
                "Texts of people who say that they will hurt or kill themselves."));
        recipes.add(content("toxicity", "toxicity", "H", "HR", "H2"));
        for (int i = 1; i <= 13; i++) {
            recipes.add(hazard("S" + i));
        }
        recipes.add(new Recipe(
                "harmful",
                "harmful",
                Recipe::harmful,
                0.1,
                1,
                REQUESTS,
                0,
                0.03,
                0,
                false,
                "Requests for help with harm, of any hazard."));
        recipes.add(new Recipe(
                "prompt-attack",
                "prompt-attack",
                Recipe::attack,
                0.1,
                0.3,
                ATTACKS,
                0.01,
                1,
                0,
                false,
                "Jailbreaks, and injections in prompts and documents."));
        recipes.add(new Recipe(
                "prompt-attack/suffix",
                "prompt-attack",
                Recipe::suffix,
                0.1,
                NO_LAYERS,
                Map.of(),
                0.005,
                1,
                0,
                false,
                "Requests that end in characters found by search."));
        recipes.add(new Recipe(
                "refusal",
                "refusal",
                Recipe::refusal,
                1,
                0.3,
                Map.of(),
                0,
                1,
                0,
                true,
                "Answers that refuse, wholly or in part."));
        return List.copyOf(recipes);
    }

    private static Recipe content(String name, String category, String... labels) {
        return new Recipe(
                name,
                category,
                sample -> {
                    if (!sample.set().equals("openai-moderation")) {
                        boolean near = sample.set().equals(NEAR);
                        return harmless(sample) && !near ? Role.IS_NOT : Role.LEFT_OUT;
                    }
                    boolean labelled = labels.length > 3;
                    for (String label : labels) {
                        if (sample.label(label).equals("1")) {
                            return Role.IS;
                        }
                        labelled |= sample.label(label).equals("0");
                    }
                    return labelled ? Role.IS_NOT : Role.LEFT_OUT;
                },
                0.1,
                0.3,
                Map.of(),
                0,
                CONTENT_ALARMS,
                BESIDE,
                false,
                "Texts labelled " + String.join(", ", labels) + " for content moderation.");
    }

    private static Recipe hazard(String hazard) {
        return new Recipe(
                "request/" + hazard,
                hazard,
                sample -> {
                    if (sample.set().equals("ailuminate")) {
                        return hazard.equals(HAZARDS.get(sample.label("hazard"))) ? Role.IS : Role.IS_NOT;
                    }
                    return harmless(sample) ? Role.IS_NOT : Role.LEFT_OUT;
                },
                0.1,
                0.3,
                Map.of(),
                0,
                0.002,
                0,
                false,
                "Requests of the hazard " + hazard + ".");
    }

    /** Harmless beyond doubt, whatever is looked for. */
    static boolean harmless(Sample sample) {
        return sample.set().startsWith("own/harmless")
                || sample.set().equals("truthfulqa")
                || sample.set().equals("xstest") && sample.label("label").equals("safe");
    }

    /** The sort of texts that a set is of, in which false alarms are counted together. */
    static String traffic(String set) {
        return switch (set) {
            case "own/harmless-languages", "own/harmless-tongues" -> "other languages";
            case "own/harmless-general", "own/harmless-instructions", "own/harmless-talk", "own/harmless-everyday" ->
                "requests";
            case "own/harmless-documents", "own/harmless-messages", "made/documents", "openai-moderation" -> HARD;
            default -> set;
        };
    }

    /** How large a share of a sort of texts, none of them of the kind, the threshold may let count as such. */
    double falsePositives(String traffic) {
        return traffic.equals(HARD) ? HARD_TIMES * falsePositives : falsePositives;
    }

    /** Whether a sample is one of the harmless texts that stand beside those that are labelled. */
    boolean isBeside(Sample sample) {
        return beside > 0 && harmless(sample);
    }

    /** Whether precision and recall are of this sample too; the others only train. */
    boolean measures(Sample sample) {
        return !isBeside(sample) && (!answers || isAnswerOfModel(sample));
    }

    static boolean isAnswerOfModel(Sample sample) {
        return sample.set().startsWith("xstest-");
    }

    /** Whether the sample is an answer of the room's own: it trains the judge of refusals, and changes no other classifier. */
    static boolean isOwnAnswer(Sample sample) {
        return sample.set().equals("own/refusal") || sample.set().equals("own/compliance");
    }

    private static Role selfHarmIntent(Sample sample) {
        if (sample.set().equals("own/self-harm-intent")) {
            return Role.IS;
        }
        if (sample.set().equals("openai-moderation")) {
            return sample.label("SH").equals("0") ? Role.IS_NOT : Role.LEFT_OUT;
        }
        return harmless(sample) ? Role.IS_NOT : Role.LEFT_OUT;
    }

    private static Role harmful(Sample sample) {
        if (sample.set().equals("xstest")) {
            return sample.label("label").equals("safe") ? Role.IS_NOT : Role.IS;
        }
        if (HARMFUL.contains(sample.set()) || sample.set().equals("ailuminate")) {
            return Role.IS;
        }
        return harmless(sample) ? Role.IS_NOT : Role.LEFT_OUT;
    }

    private static Role attack(Sample sample) {
        return switch (sample.set()) {
            case "jailbreaks-in-the-wild",
                    "jailbreakbench-jbc",
                    "jailbreakbench-random-search",
                    "jailbreakbench-pair",
                    "own/injection",
                    "own/injection-document",
                    "own/jailbreak",
                    "own/jailbreak-tongues",
                    "own/attack",
                    "made/injections" -> Role.IS;
            case "xstest",
                    "truthfulqa",
                    "openai-moderation",
                    "own/harmful-contrast",
                    "own/harmful-contrasts",
                    "own/harmful-security",
                    "own/self-harm-intent",
                    "made/documents" -> Role.IS_NOT;
            case "advbench", "harmbench", "strongreject", "catqa", "dangerousqa", "harmfulqa" -> Role.IS_NOT;
            default -> sample.set().startsWith("own/harmless") ? Role.IS_NOT : Role.LEFT_OUT;
        };
    }

    /** What is odd about a suffix is how its characters follow one another, and nothing that other attacks have. */
    private static Role suffix(Sample sample) {
        if (sample.set().equals("made/suffixes")) {
            return Role.IS;
        }
        return attack(sample) == Role.IS_NOT ? Role.IS_NOT : Role.LEFT_OUT;
    }

    private static Role refusal(Sample sample) {
        if (sample.set().equals("own/refusal")) {
            return Role.IS;
        }
        if (sample.set().equals("own/compliance")) {
            return Role.IS_NOT;
        }
        if (!isAnswerOfModel(sample)) {
            return Role.LEFT_OUT;
        }
        return sample.label("final_label").startsWith("1") ? Role.IS_NOT : Role.IS;
    }
}

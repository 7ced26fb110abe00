package dev.ayni.guard.classifiers;

import dev.ayni.provenance.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A published set of texts: its file, its licence, and whether that lets it train weights that ship. */
enum DataSet {
    OPENAI_MODERATION(
            "openai-moderation",
            "openai-moderation/samples-dev.jsonl",
            "MIT",
            true,
            "b7d26a0007a48d46184013289145b8fe97c373ec1a46da4002cffc0f948423c1",
            "prompt"),
    XSTEST(
            "xstest",
            "xstest/xstest_prompts.csv",
            "CC-BY-4.0",
            true,
            "11783fb294ed017473ee53c207d71f2161c7672c8d0b037501e78387f801cb5a",
            "prompt"),
    XSTEST_GPT4(
            "xstest-gpt4",
            "xstest/completions_gpt4.csv",
            "CC-BY-4.0",
            true,
            "71af323af8ecdec0efae23992317721441d2cfedddedeef3248f842f4e15c9ca",
            "completion"),
    XSTEST_LLAMA2(
            "xstest-llama2",
            "xstest/completions_llama2new.csv",
            "CC-BY-4.0",
            true,
            "6365cc55ce0a593c7ab8785853d02784be027d97199d4077912b4313cd010099",
            "completion"),
    XSTEST_MISTRAL(
            "xstest-mistral",
            "xstest/completions_mistralinstruct.csv",
            "CC-BY-4.0",
            true,
            "6a146b65a5b96ec8249729bc2db459697175125998d7cbbcc88f7688ecf31dad",
            "completion"),
    AILUMINATE(
            "ailuminate",
            "ailuminate/demo_en_us.csv",
            "CC-BY-4.0",
            true,
            "63e2b654325c5405096fabf28ef5f057b0ad674904b1839fd1f52b523e324d02",
            "prompt_text"),
    ADVBENCH(
            "advbench",
            "harmful-behaviors/advbench.csv",
            "MIT",
            true,
            "0e635254df9065ae6f8d074534b660fa7a361d1ad269e2c8e1b7377961802a86",
            "Behavior"),
    HARMBENCH(
            "harmbench",
            "harmful-behaviors/harmbench_behaviors_text_all.csv",
            "MIT",
            true,
            "2745611872be3b2eab141e39bb328b8c1140dc3cd8d0a49da6174260d9ccbfb9",
            "Behavior"),
    STRONGREJECT(
            "strongreject",
            "harmful-behaviors/strongreject.csv",
            "MIT",
            true,
            "4dd70357e4ff8b5d0ba5ebafecab5d6dd5633ce8046e3dd1c8bd93e64de44381",
            "forbidden_prompt"),
    CATQA(
            "catqa",
            "red-instruct/catqa_english.json",
            "Apache-2.0",
            true,
            "40efd4e205e26d6e840f30e6d8540f95f2777453af052319e42e74d10bd1992a",
            ""),
    DANGEROUSQA(
            "dangerousqa",
            "red-instruct/dangerousqa.json",
            "Apache-2.0",
            true,
            "b40b0193d063cb5d742e6d0e070dde119e0291619830c65653ca19bdc84fdd10",
            ""),
    HARMFULQA(
            "harmfulqa",
            "red-instruct/harmfulqa.json",
            "Apache-2.0",
            true,
            "e04c1f3c48800ea84f954298e2a74f27e391069e037d60a22c2727eaa22f2cf8",
            ""),
    TRUTHFULQA(
            "truthfulqa",
            "truthfulqa/TruthfulQA.csv",
            "Apache-2.0",
            true,
            "99d6ae7755e3b435eade956068c9de7c0c474770344237aeb66b56519ba4b697",
            "Question"),
    WILD(
            "jailbreaks-in-the-wild",
            "injection/inthewild_jailbreaks_dev.json",
            "MIT",
            true,
            "8842c9942e3b2225c5e6d994c97f6d466579827e185969f102abe4a01ca256c9",
            ""),
    JBC_LLAMA2(
            "jailbreakbench-jbc",
            "jailbreakbench/JBC/manual/llama-2-7b-chat-hf.json",
            "MIT",
            true,
            "1607a5a5b9f50abc7f2ff9e07b7257dfde7228b88cfdf73c20f5f56108ffdd23",
            "prompt"),
    RANDOM_SEARCH(
            "jailbreakbench-random-search",
            "jailbreakbench/prompt_with_random_search/black_box/llama-2-7b-chat-hf.json",
            "MIT",
            true,
            "45df98af6e1c0e35747f6b9c80cdc606e96c76a511e09a1a49ad5b00cfb51c0a",
            "prompt"),
    PAIR(
            "jailbreakbench-pair",
            "jailbreakbench/PAIR/black_box/vicuna-13b-v1.5.json",
            "MIT",
            true,
            "18b101386419a98fbdf45cb987069f83af3a40d5e0f7f0d32c4e9dc5ecc049b4",
            "prompt"),
    GCG(
            "jailbreakbench-gcg",
            "jailbreakbench/GCG/white_box/vicuna-13b-v1.5.json",
            "MIT",
            false,
            "9eff8b6f78cae002737868ca8cdd886be5afcd1cbbbe4cf51ff837bc688b01b1",
            "prompt"),
    DSN(
            "jailbreakbench-dsn",
            "jailbreakbench/DSN/white_box/llama-2-7b-chat-hf.json",
            "MIT",
            false,
            "9bcdbe88b18e729ca9abf593d3e5141e7958aff0eb3a0e62ae92b8f64acbdcd9",
            "prompt"),
    CYBERSECEVAL_INJECTIONS(
            "cyberseceval-injections",
            "injection/cyberseceval_prompt_injection_dev.json",
            "Llama 3.2 Community License",
            false,
            "04a9bb560dc8c8746fd45f1f3b20d87bffebf16f3998edef96898596b09cccb4",
            "user_input"),
    SECURITY_QUESTIONS(
            "cyberseceval-harmless-security",
            "injection/cyberseceval_mitre_frr_dev.json",
            "Llama 3.2 Community License",
            false,
            "2bd446a089e788f7b7bf764d4f1df7e4dd5b5651cdf4792667ca564cf81a3e35",
            "mutated_prompt"),
    HARMLESS_VAL(
            "harmless-val",
            "refusal-direction/harmless_val.json",
            "CC-BY-NC-4.0 (Alpaca)",
            false,
            "772010758e7d771ef4c7e5e4acdfd7598dcece1a6f383f20d382f640913a2a4d",
            "instruction");

    private static final JsonMapper JSON = JsonMapper.shared();

    private final String title;
    private final String path;
    private final String licence;
    private final boolean trains;
    private final Digest digest;
    private final String column;

    DataSet(String title, String path, String licence, boolean trains, String digest, String column) {
        this.title = title;
        this.path = path;
        this.licence = licence;
        this.trains = trains;
        this.digest = new Digest(digest);
        this.column = column;
    }

    String title() {
        return title;
    }

    String path() {
        return path;
    }

    String licence() {
        return licence;
    }

    /** Whether the licence allows weights made from it to ship; the others only measure. */
    boolean trains() {
        return trains;
    }

    Digest digest() {
        return digest;
    }

    /** The file's bytes differ from those that the shipped weights were made from; empty if they are the same. */
    Optional<String> difference(Path folder) throws IOException {
        Path file = folder.resolve(path);
        if (!Files.isRegularFile(file)) {
            return Optional.of("%s is not there".formatted(file));
        }
        Digest found = Digest.of(file);
        return found.equals(digest)
                ? Optional.empty()
                : Optional.of("%s has the SHA-256 %s, expected %s".formatted(file, found.hex(), digest.hex()));
    }

    List<Sample> read(Path folder) throws IOException {
        String content = Files.readString(folder.resolve(path), StandardCharsets.UTF_8);
        List<Sample> samples = new ArrayList<>();
        if (path.endsWith(".csv")) {
            for (Map<String, String> row : Csv.rows(content)) {
                samples.add(sample(row));
            }
        } else if (path.endsWith(".jsonl")) {
            content.lines().filter(line -> !line.isBlank()).forEach(line -> samples.add(sample(JSON.readTree(line))));
        } else {
            JsonNode root = JSON.readTree(content);
            walk(root.has("jailbreaks") ? root.get("jailbreaks") : root, "", samples);
        }
        samples.removeIf(sample -> sample.text().isBlank());
        return samples;
    }

    /** Texts and objects of texts, wherever they are in lists and named groups. */
    private void walk(JsonNode node, String group, List<Sample> samples) {
        if (node.isString()) {
            samples.add(new Sample(title, node.asString(), Map.of("group", group), ""));
        } else if (node.isArray()) {
            node.forEach(each -> walk(each, group, samples));
        } else if (!column.isEmpty() && node.has(column)) {
            samples.add(sample(node));
        } else if (node.isObject()) {
            node.properties().forEach(each -> walk(each.getValue(), group.isEmpty() ? each.getKey() : group, samples));
        }
    }

    private Sample sample(JsonNode node) {
        Map<String, String> row = new LinkedHashMap<>();
        node.properties().forEach(each -> {
            if (each.getValue().isValueNode() && !each.getValue().isNull()) {
                row.put(each.getKey(), each.getValue().asString());
            }
        });
        return sample(row);
    }

    private Sample sample(Map<String, String> row) {
        String text = row.getOrDefault(column, "");
        Map<String, String> labels = new LinkedHashMap<>(row);
        labels.remove(column);
        return new Sample(title, text, labels, "");
    }
}

"""EleutherAI's lm-evaluation-harness, with `local-completions`: a task of a few questions, made here and now."""

import json
import os
import pathlib
import tempfile

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_DATASETS_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

QUESTIONS = [
    ("The capital of France is", ["Paris", "Lima", "Oslo"]),
    ("The opposite of hot is", ["cold", "table", "seven"]),
    ("Two plus two is", ["four", "purple", "river"]),
    ("Fish live in", ["water", "books", "clocks"]),
]

CHOICES = """
task: ayni_choices
dataset_path: json
dataset_kwargs: {data_files: {test: FILE}}
test_split: test
output_type: multiple_choice
doc_to_text: "{{question}}"
doc_to_choice: "{{choices}}"
doc_to_target: 0
metric_list: [{metric: acc, aggregation: mean, higher_is_better: true}]
"""

WRITES = """
task: ayni_writes
dataset_path: json
dataset_kwargs: {data_files: {test: FILE}}
test_split: test
output_type: generate_until
doc_to_text: "{{question}}"
doc_to_target: "{{choices[0]}}"
generation_kwargs: {until: ["\\n"], max_gen_toks: 8, temperature: 0}
metric_list: [{metric: exact_match, aggregation: mean, higher_is_better: true}]
"""

with tempfile.TemporaryDirectory() as folder:
    place = pathlib.Path(folder)
    os.environ["HF_HOME"] = str(place / "cache")
    questions = place / "questions.jsonl"
    questions.write_text("".join(json.dumps({"question": q, "choices": c}) + "\n" for q, c in QUESTIONS))
    for name, task in (("choices", CHOICES), ("writes", WRITES)):
        (place / f"{name}.yaml").write_text(task.replace("FILE", str(questions)))

    import lm_eval
    from lm_eval.tasks import TaskManager

    results = lm_eval.simple_evaluate(
        model="local-completions",
        model_args={
            "model": os.environ["AYNI_MODEL"],
            "base_url": os.environ["AYNI_URL"] + "/v1/completions",
            "tokenizer_backend": "remote",
            "num_concurrent": 4,
            "max_retries": 1,
        },
        tasks=["ayni_choices", "ayni_writes"],
        task_manager=TaskManager(include_path=folder, include_defaults=False),
        batch_size=2,
        log_samples=True,
        bootstrap_iters=0,
    )

right = results["results"]["ayni_choices"]["acc,none"]
print(f"  likelihoods: {right:.2f} of the questions")
assert right >= 0.75, results["results"]
for sample in results["samples"]["ayni_choices"]:
    scores = [float(score) for score, _ in sample["filtered_resps"]]
    assert all(score < 0 for score in scores) and len(set(scores)) == len(scores), sample
texts = [sample["resps"][0][0] for sample in results["samples"]["ayni_writes"]]
assert all(text.strip() and "\n" not in text for text in texts), texts
print(f"  generation: {texts}")

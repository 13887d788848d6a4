"""Results that no training made: seeded, small, and with one of everything a report must show."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from mnistreport.calibration import Basis, Row, derive_ranges, find_basis
from mnistreport.conformance import Conformance, Deviation, Finding
from mnistreport.dataset import Dataset, content_sha256
from mnistreport.experiment import Experiment, Profile
from mnistreport.messages import Message, Stored, Text
from mnistreport.published import set_beside
from mnistreport.reference import SHORT
from mnistreport.results import Results
from mnistreport.run import LayerRow, Run
from mnistreport.sensitivity import TableRow
from mnistreport.statistics import Share
from mnistreport.verdict import Judgement, SecondLook, Verdict

ADAM = {
    "class": "keras.Adam",
    "learning_rate": 0.001,
    "beta_1": 0.9,
    "beta_2": 0.999,
    "epsilon": 1e-7,
    "amsgrad": False,
}
SGD = {"class": "keras.SGD", "learning_rate": 0.01, "momentum": 0.0, "nesterov": False}
SOFTMAX = {"class": "Dense", "units": 10, "activation": "softmax"}


def dense(units: int, activation: str = "relu") -> dict[str, Any]:
    """A dense layer of a catalog entry."""
    return {"class": "Dense", "units": units, "activation": activation}


BASE: dict[str, Any] = {
    "document": "A",
    "title": "A title",
    "source": "000: a document, Keras 2.3 (in Chinese)",
    "engine": "keras",
    "input_shape": [784],
    "pixel_divisor": 255.0,
    "train": 1400,
    "test": 397,
    "layers": [dense(1000), SOFTMAX],
    "kernel_initializer": {"class": "GlorotUniform"},
    "loss": {"class": "CategoricalCrossentropy", "from_logits": False},
    "metrics": ["accuracy"],
    "optimizer": ADAM,
    "batch_size": 100,
    "epochs": 6,
}
DEPTH = {
    "document": "C",
    "layers": [dense(200), dense(30), SOFTMAX],
    "loss": {"class": "BinaryCrossentropy", "from_logits": False},
    "metrics": ["accuracy", "binary_accuracy"],
    "published": {"test_binary_accuracy": 0.99598, "test_loss": 0.017245, "rounding": 5e-6},
}
NUMPY = {
    "document": "D",
    "engine": "numpy",
    "layers": [dense(300), dense(300), SOFTMAX],
    "kernel_initializer": {"class": "RandomNormal", "stddev": 0.01},
    "optimizer": {"class": "numpy.SGD", "learning_rate": 0.1},
    "epochs": None,
    "iterations": 500,
    "evaluate_every": 50,
    "seed": 1,
}
LOGITS = {
    "document": "E",
    "layers": [dense(128), {"class": "Dropout", "rate": 0.3}, dense(10, "linear")],
    "loss": {"class": "SparseCategoricalCrossentropy", "from_logits": True},
}


def entries() -> list[dict[str, Any]]:
    """The handful of experiments: some of each document, and one of a user's own."""
    published = {"test_accuracy": 0.9401, "test_loss": 0.8115, "rounding": 5e-5}
    dropout = [dense(200), {"class": "Dropout", "rate": 0.25}, dense(30), SOFTMAX]
    return [
        {"name": "wide/sgd", "title": "Wide MLP, SGD", "optimizer": SGD, "published": published},
        {"name": "wide/adam", "title": "Wide MLP, Adam", "published": {"test_accuracy": 0.9694}},
        {"name": "small/sgd", "document": "B", "optimizer": SGD},
        {"name": "small/nadam", "document": "B"},
        {**DEPTH, "name": "depth/relu5", "title": "ReLU layers"},
        {**DEPTH, "name": "depth/relu5-dropout", "title": "With dropout", "layers": dropout},
        {**NUMPY, "name": "numpy/sgd", "published": {"test_accuracy": 0.9784}},
        {**LOGITS, "name": "mlp/model1", "published": {"test_accuracy": 0.9789}},
        {**LOGITS, "name": "mlp/model3"},
        {**LOGITS, "name": "cnn/model8", "published": {"test_accuracy": 0.9878}},
        {"name": "own/net", "document": "my own notes", "title": "A user's experiment"},
    ]


def experiments() -> list[Experiment]:
    """The experiments of `entries`, validated."""
    chosen = [{k: v for k, v in {**BASE, **e}.items() if v is not None} for e in entries()]
    return [Experiment.model_validate(entry) for entry in chosen]


def toy_dataset(train: int = 150, test: int = 60, **changes: Any) -> Dataset:
    """The first of scikit-learn's digits, scaled up to 28x28."""
    digits = load_digits()
    small = np.kron(digits.images[: train + test], np.ones((3, 3)))
    images = np.pad(small, ((0, 0), (2, 2), (2, 2)))
    pixels = np.asarray(images * (255 / 16), dtype=np.uint8)
    labels = np.asarray(digits.target[: train + test], dtype=np.uint8)
    arrays = pixels[:train], labels[:train], pixels[train:], labels[train:]
    values: dict[str, Any] = {
        "name": "digits",
        "sha256": content_sha256(*arrays),
        "origin": "scikit-learn's bundled digits",
        **changes,
    }
    return Dataset(
        x_train=arrays[0], y_train=arrays[1], x_test=arrays[2], y_test=arrays[3], **values
    )


def fake_probabilities(
    labels: NDArray[np.uint8], accuracy: float, random: np.random.Generator
) -> NDArray[np.float32]:
    """Class probabilities that are right about as often as `accuracy` says, (n, 10)."""
    logits = random.normal(0, 1, (len(labels), 10))
    wrong = random.random(len(labels)) > accuracy
    said = np.where(wrong, (labels + random.integers(1, 10, len(labels))) % 10, labels)
    logits[np.arange(len(labels)), said] += 5
    shares = np.exp(logits)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True), dtype=np.float32)


def _history(
    experiment: Experiment, accuracy: float, random: np.random.Generator
) -> dict[str, list[float]]:
    numpy = experiment.engine == "numpy"
    steps = experiment.epochs or 0
    if numpy:
        steps = -(-(experiment.iterations or 0) // (experiment.evaluate_every or 1))
    fall = np.exp(-np.arange(steps) / (steps / 4 + 1e-9))
    noise = 0.01 * random.normal(size=(2, steps))
    losses = [0.05 + 2.2 * fall + abs(noise[0]), 0.12 + 2.1 * fall + abs(noise[1])]
    shares = [np.clip(top - 0.7 * fall + noise[0] / 3, 0, 1) for top in (accuracy + 0.01, accuracy)]
    names = ("train_loss", "test_loss", "train_accuracy", "test_accuracy")
    if not numpy:
        names = ("loss", "val_loss", "accuracy", "val_accuracy")
    curves = {n: [float(v) for v in c] for n, c in zip(names, [*losses, *shares], strict=True)}
    if numpy:
        every = experiment.evaluate_every or 1
        curves = {"iteration": [float(i * every) for i in range(steps)], **curves}
    return curves


def fake_run(
    experiment: Experiment, dataset: Dataset, seed: int = 0, profile: Profile = "quick"
) -> tuple[Run, NDArray[np.float32]]:
    """A finished run of an experiment, and its probabilities; the same for the same name, seed."""
    random = np.random.default_rng([zlib.crc32(experiment.name.encode()), seed])
    accuracy = 0.82 + 0.1 * random.random()
    labels = dataset.y_test[: experiment.test]
    probabilities = fake_probabilities(labels, accuracy, random)
    share = float(np.mean(probabilities.argmax(axis=1) == labels))
    history = _history(experiment, share, random)
    layers = tuple(
        LayerRow(f"{layer.kind.lower()}_{i}", layer.kind, (10,), 7850)
        for i, layer in enumerate(experiment.layers)
    )
    metrics = {"test_accuracy": share, "train_accuracy": min(1.0, share + 0.02)}
    if "binary_accuracy" in experiment.metrics:
        metrics["test_binary_accuracy"] = 1 - (1 - share) / 5
        metrics["train_binary_accuracy"] = 1 - (1 - share) / 8
    metrics |= {"test_loss": 0.2, "train_loss": 0.1, "final_loss": 0.1, "weight_norm": 31.4}
    return (
        Run(
            experiment=experiment.name,
            profile=profile,
            dataset=dataset.name,
            dataset_sha256=dataset.sha256,
            recipe=experiment.recipe(),
            seed=seed,
            status="ok",
            metrics=metrics,
            history=history,
            layers=layers,
            weight_norms={row.name: 3.25 for row in layers if row.kind in ("Dense", "Conv2D")},
            parameters=7850 * len(layers),
            seconds=1.5 + 100 * random.random(),
            epoch_seconds=[0.25] * 6,
            finished="2026-01-02T03:04:05+00:00",
        ),
        probabilities,
    )


def stopped(run: Run, status: str, reason: str) -> Run:
    """A run as it is recorded when its training diverged or crashed."""
    history = {"loss": [2.3, float("nan")]} if status == "diverged" else {}
    metrics = {"test_loss": float("nan")} if status == "diverged" else {}
    changes: dict[str, Any] = {"status": status, "reason": reason, "history": history}
    return replace(run, **changes, metrics=metrics, probabilities_sha256="", weight_norms={})


def verdicts_of(runs: Sequence[Run], judgement: Judgement, again: bool = False) -> list[Verdict]:
    """Verdicts of an experiment's runs, that of the test accuracy as asked for.

    Args:
        runs: one a seed.
        judgement: of the test accuracy.
        again: whether it came to it at a second look.
    """
    name = runs[0].experiment
    failed = [run for run in runs if run.status != "ok"]
    if failed:
        kind = Judgement.ERROR if failed[0].status == "error" else Judgement.FAIL
        seeds = tuple(run.seed for run in failed)
        return [Verdict(name, "training", seeds, None, None, None, kind, Stored(failed[0].reason))]
    seeds = tuple(run.seed for run in runs)
    value = sum(run.metrics["test_accuracy"] for run in runs) / len(runs)
    shift = 0.09 if judgement is Judgement.FAIL or again else 0.035
    shift = 0.0 if judgement is Judgement.PASS and not again else shift
    low, high = value + shift - 0.03, min(value + shift + 0.03, 1.05)
    bounds = {"value": f"{value:.6g}", "low": f"{low:.6g}", "high": f"{high:.6g}"}
    reason: Text = Message("{value} is below {low} to {high}", **bounds) if shift else ""
    if judgement is Judgement.NO_REFERENCE:
        told = {"metric": "test_accuracy", "profile": "quick", "dataset": runs[0].dataset}
        reason = Message("no range for {metric} of the {profile} profile on {dataset}", **told)
        kind = Judgement.NO_REFERENCE
        return [Verdict(name, "test_accuracy", seeds, value, None, None, kind, reason)]
    look = None
    if again:
        fresh = (low, low + 0.02, low + 0.04, low + 0.03)
        look = SecondLook((100, 101, 102, 103), fresh, low + 0.0225, low, high)
    accuracy = Verdict(
        name,
        "test_accuracy",
        seeds,
        value,
        low,
        high,
        judgement,
        reason,
        gated=True,
        p=1e-6 if shift else 0.4,
        adjusted=1e-4 if shift else 1.0,
        second=look,
    )
    loss = Verdict(name, "test_loss", seeds, 0.2, 0.1, 0.3, Judgement.PASS, gated=True, p=0.5)
    return [accuracy, loss]


def fake_rows(
    chosen: Sequence[Experiment], dataset: Dataset, count: int = 12, made_with: str = "keras 3"
) -> list[Row]:
    """So many calibration seeds of each experiment, from 1000 on, one a day."""
    random = np.random.default_rng(3)
    middles = {"test_accuracy": 0.9, "test_loss": 0.2, "final_loss": 0.1, "weight_norm": 31.0}
    return [
        Row(
            one.name,
            one.recipe(),
            dataset.sha256[:SHORT],
            1000 + seed,
            "ok",
            made_with,
            f"2026-11-{seed + 1:02d}",
            {name: middle * float(random.normal(1, 0.02)) for name, middle in middles.items()},
        )
        for one in chosen
        for seed in range(count)
    ]


def fake_basis(
    chosen: Sequence[Experiment], dataset: Dataset, rows: Sequence[Row], profile: Profile = "quick"
) -> Basis:
    """What verdicts on experiments would rest on, had they been judged by such rows."""
    digest = dataset.sha256[:SHORT]
    ranges = {(one.experiment, one.metric): one for one in derive_ranges(rows, chosen, digest)}
    return find_basis(profile, (dataset.name, digest), chosen, rows, ranges)


def published_of(run: Run) -> dict[str, list[float | None]]:
    """Curves close to a run's own, as a document might have printed them, one value lost."""
    curves: dict[str, list[float | None]] = {}
    for name, curve in run.history.items():
        if name == "iteration":
            curves[name] = list(curve)
            continue
        shifted = [value * 0.99 for value in curve]
        curves[name] = (
            [*curve[:4], *shifted[4:-1], None]
            if "iteration" in run.history
            else [*shifted[:-1], None]
        )
    return curves


def fake_table() -> tuple[TableRow, ...]:
    """A fault that all notice, one that escapes, one without effect, and a control."""

    def row(
        fault: str, rule: str, *noticed: int, of: int = 30, witness: str = "", blind: str = ""
    ) -> TableRow:
        shares = [Share(count, of) for count in noticed]
        return TableRow(fault, 3, rule, *shares, witness, tuple(blind.split()))

    return (
        row("rate-times-10", "keras2/sgd", 0, 30, 30, 30, 30, witness="final_loss"),
        row("class-thinned", "-", 0, 2, 9, 0, 9, witness="test_loss", blind="numpy/sgd"),
        row("last-weights-kept", "-", 0, 0, 0, 0, 0, of=0),
        row("another-seed", "-", 0, 0, 0, 0, 0, witness="first_epoch_loss"),
    )


def fake_results(
    chosen: Sequence[Experiment] | None = None,
    dataset: Dataset | None = None,
    seeds: Sequence[int] = (0,),
    profile: Profile = "quick",
    troubled: bool = True,
    **changes: Any,
) -> Results:
    """A build of `chosen` experiments (those of `entries` by default).

    Args:
        chosen: the experiments.
        dataset: the images; the toy ones by default.
        seeds: one run of each.
        profile: as recorded.
        troubled: whether one fails, one warns, one has no reference, one diverged, one crashed,
            and one passes at a second look.
        changes: fields of the Results to set.
    """
    chosen = list(chosen or experiments())
    dataset = dataset or toy_dataset()
    kinds = {1: Judgement.WARN, 2: Judgement.FAIL, 10: Judgement.NO_REFERENCE} if troubled else {}
    runs, verdicts, comparisons, probabilities = [], [], [], {}
    published = {}
    for number, experiment in enumerate(chosen):
        for seed in seeds:
            run, shares = fake_run(experiment, dataset, seed, profile)
            if seed == seeds[0] and run.history:
                published[experiment.name] = published_of(run)
            if troubled and number == 3:
                run = stopped(
                    run, "diverged", "the training loss became NaN or infinite in epoch 2"
                )
            if troubled and number == 8:
                run = stopped(run, "error", "its worker process ended by signal 9")
            runs.append(run)
            comparisons += set_beside(experiment, run, dataset.name == "mnist")
            if run.status == "ok":
                probabilities[experiment.name, seed] = shares
        own = runs[-len(seeds) :]
        verdicts += verdicts_of(own, kinds.get(number, Judgement.PASS), troubled and number == 4)
    values: dict[str, Any] = {
        "profile": profile,
        "dataset": dataset,
        "experiments": tuple(chosen),
        "runs": tuple(runs),
        "verdicts": tuple(verdicts),
        "comparisons": tuple(comparisons),
        "published_curves": published,
        "probabilities": probabilities,
        "environment": {"python": "3.11.2", "tensorflow": "2.21.0", "cpu": "A processor"},
        "command": "mnistreport build --profile quick --dataset digits",
        "created": "2026-01-02T03:04:05+00:00",
        "basis": fake_basis(chosen, dataset, fake_rows(chosen, dataset), profile),
        "sensitivity": fake_table(),
        "sensitivity_source": "quick/digits",
        **changes,
    }
    return Results(**values)


#: What a name, a reason or a notice could hold.
HOSTILE = (
    "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7*7 }}|`]]>\x00\x1b[31m\ud800"
)


def hostile_conformance() -> Conformance:
    """A finding that could not be worse spelled."""
    deviation = Deviation(None, HOSTILE, 1.0, float("nan"), float("inf"))
    finding = Finding(HOSTILE, HOSTILE, float("inf"), 1e-9, deviation, HOSTILE, (HOSTILE,))
    return Conformance((finding,), {HOSTILE: HOSTILE}, HOSTILE)


def hostile_results() -> Results:
    """The fake results with hostile text wherever text comes from outside."""
    results = fake_results(dataset=toy_dataset(name=HOSTILE, origin=HOSTILE, notice=HOSTILE))
    names = {e.name: f"{e.name}{HOSTILE}" for e in results.experiments}
    texts = {"title": HOSTILE, "source": HOSTILE, "claim": HOSTILE, "document": HOSTILE}
    renamed = [
        e.model_copy(update={"name": names[e.name], **(texts if e.document == "A" else {})})
        for e in results.experiments
    ]
    rows = fake_rows(renamed, results.dataset, made_with=HOSTILE)
    return replace(
        results,
        experiments=tuple(renamed),
        basis=fake_basis(renamed, results.dataset, rows),
        runs=tuple(
            replace(r, experiment=names[r.experiment], reason=HOSTILE if r.reason else "")
            for r in results.runs
        ),
        verdicts=tuple(
            replace(v, experiment=names[v.experiment], reason=HOSTILE) for v in results.verdicts
        ),
        comparisons=tuple(replace(c, experiment=names[c.experiment]) for c in results.comparisons),
        published_curves={names[k]: v for k, v in results.published_curves.items()},
        probabilities={(names[k], s): v for (k, s), v in results.probabilities.items()},
        environment={HOSTILE: HOSTILE},
        command=HOSTILE,
        notices=(HOSTILE,),
        conformance=hostile_conformance(),
        sensitivity=tuple(
            replace(row, fault=HOSTILE, rule=HOSTILE, witness=HOSTILE, blind=(HOSTILE,))
            for row in fake_table()
        ),
        sensitivity_source=HOSTILE,
    )

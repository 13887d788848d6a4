"""The catalog holds every published training, and names every fault of a user's own file."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from mnistreport.catalog import load_catalog
from mnistreport.cost import training_flops
from mnistreport.errors import CatalogError
from mnistreport.experiment import Conv2D, Dense, Experiment, MaxPooling2D
from mnistreport.published import load_published
from mnistreport.reference import reference_folder

CATALOG = load_catalog()
NAMES = [
    *(f"wide/{name}" for name in ("sgd-0.001", "sgd", "rmsprop", "adagrad")),
    *(f"wide/{name}" for name in ("adadelta", "adam", "adamax", "nadam")),
    *(f"small/{name}" for name in ("sgd", "rmsprop", "adagrad", "adadelta")),
    *(f"small/{name}" for name in ("adam", "adamax", "nadam")),
    *(f"depth/{name}" for name in ("softmax", "sigmoid5", "relu5", "relu5-dropout")),
    "depth/sigmoid5-sgd",
    *(f"numpy/{name}" for name in ("sgd", "adagrad", "rmsprop", "momentum", "nesterov", "adam")),
    *(f"mlp/model{number}" for number in (1, 2, 3, 4, 7)),
    "cnn/model8",
]

ENTRY = """
[defaults]
document = "mine"
source = "here"
engine = "keras"
input_shape = [784]
pixel_divisor = 255.0
train = 100
test = 50
kernel_initializer = { class = "GlorotUniform" }
loss = { class = "CategoricalCrossentropy", from_logits = false }
metrics = ["accuracy"]
batch_size = 10
epochs = 1
optimizer = { class = "keras.SGD", learning_rate = 0.1, momentum = 0.0, nesterov = false }
[experiments."mine/a"]
title = "A"
layers = [{ class = "Dense", units = 10, activation = "softmax" }]
"""


def parameters(experiment: Experiment) -> int:
    """Weights and biases, counted from the layers alone."""
    side, channels = (28, 1) if len(experiment.input_shape) == 3 else (0, 0)
    features, count = 784, 0
    for layer in experiment.layers:
        if isinstance(layer, Dense):
            count += (features + 1) * layer.units
            features = layer.units
        elif isinstance(layer, Conv2D):
            count += (layer.kernel_size**2 * channels + 1) * layer.filters
            side, channels = side - layer.kernel_size + 1, layer.filters
            features = side * side * channels
        elif isinstance(layer, MaxPooling2D):
            side //= layer.pool_size
            features = side * side * channels
    return count


def write(folder: Path, text: str) -> Path:
    """A catalog file of the user's."""
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def faults_of(folder: Path, text: str) -> list[str]:
    """The lines of the error that a file gives."""
    with pytest.raises(CatalogError) as error:
        load_catalog([write(folder, text)])
    return str(error.value).splitlines()


def test_every_published_training_is_there() -> None:
    """32 names, in the documents' order."""
    assert list(CATALOG) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_published_parameter_counts_follow_from_the_layers(name: str) -> None:
    """Where a document printed a count, the layers of the entry come to it."""
    published = CATALOG[name].published.parameters
    assert published is None or published == parameters(CATALOG[name])


def test_published_parameter_counts_are_the_documents() -> None:
    """Seven counts of document A and one more, three of C's four, four of E's."""
    counts = Counter(e.published.parameters for e in CATALOG.values())
    assert counts == {795010: 8, 7850: 1, 185300: 3, 104938: 2, 242762: 2, 109386: 1, None: 15}
    assert parameters(CATALOG["cnn/model8"]) == 225034


def test_optimizers_of_a_and_b_have_keras_2_defaults() -> None:
    """The values of a release before Keras 3, written out."""
    rates = {
        "sgd": 0.01,
        "rmsprop": 0.001,
        "adagrad": 0.01,
        "adadelta": 1.0,
        "adam": 0.001,
        "adamax": 0.002,
        "nadam": 0.002,
    }
    for document in ("wide", "small"):
        for name, rate in rates.items():
            assert CATALOG[f"{document}/{name}"].optimizer.learning_rate == rate
    for name in ("rmsprop", "adagrad", "nadam"):
        assert CATALOG[f"wide/{name}"].optimizer.kind.startswith("keras2.")


def test_document_c_reports_both_accuracies() -> None:
    """Its published accuracy is the binary one."""
    for name in NAMES:
        binary = "binary_accuracy" in CATALOG[name].metrics
        assert binary == name.startswith("depth/")
    assert CATALOG["depth/relu5"].published.test_accuracy is None
    assert CATALOG["depth/relu5"].published.test_binary_accuracy == 0.99598


def test_the_quick_profile_is_less_and_never_other() -> None:
    """For every entry, only counts and epochs differ, and the arithmetic shrinks tenfold."""
    for experiment in CATALOG.values():
        quick = experiment.for_profile("quick", (60000, 10000))
        amounts = {"train", "test", "epochs", "iterations", "evaluate_every"}
        changed = {
            field
            for field in Experiment.model_fields
            if getattr(quick, field) != getattr(experiment, field)
        }
        assert changed <= amounts
        assert training_flops(quick) < training_flops(experiment) / 2


def test_flops_of_a_dense_layer_by_hand() -> None:
    """One layer, so no input gradient: forward and weight gradient, then the evaluations."""
    softmax = CATALOG["depth/softmax"]
    product = 2 * 784 * 10
    trained = 2 * product * 60000 * 20
    evaluated = product * (22 * 10000 + 60000)
    assert training_flops(softmax) == trained + evaluated


def test_own_experiments_join_the_catalog(tmp_path: Path) -> None:
    """After the packaged ones, defaults applied."""
    catalog = load_catalog([write(tmp_path, ENTRY)])
    assert [*catalog] == [*NAMES, "mine/a"]
    assert catalog["mine/a"].batch_size == 10


def test_all_faults_come_in_one_message_with_their_places(tmp_path: Path) -> None:
    """A misspelt field, a wrong value deep in a layer, an unknown class, a missing rate."""
    text = ENTRY.replace("batch_size", "batchsize").replace("momentum = 0.0, ", "")
    text = text.replace("units = 10", "units = -1")
    text += '[experiments."mine/b"]\ntitle = "B"\nlayers = [{ class = "Densee" }]\n'
    lines = faults_of(tmp_path, text)
    assert lines[0].endswith("has 6 faults:")
    body = "\n".join(lines)
    assert 'experiments."mine/a".layers[0].units: Input should be greater than 0; came -1' in body
    assert "defaults.batchsize: unknown field; did you mean batch_size?" in body
    assert "defaults.optimizer.momentum: is missing" in body
    assert """experiments."mine/b".layers[0]: unknown class 'Densee'; known: 'Dense'""" in body


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[defaults\n", "is not TOML"),
        ("", "there is none"),
        ("experiments = 3", "came 3; write one table each"),
        ("defaults = 3\n[experiments.a]\n", "defaults: must be a table"),
        ("[experiment.a]\n", "experiment: unknown table"),
        (ENTRY.replace("mine/a", "wide/sgd"), "taken by another catalog"),
        (ENTRY.replace("mine/a", "<script>"), "pattern"),
        (ENTRY + 'name = "x"\n', "leave this field out"),
        (ENTRY.replace("epochs = 1", "epochs = nan"), "epochs"),
    ],
)
def test_a_file_that_is_no_catalog_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """With the file's name and what is wrong."""
    lines = faults_of(tmp_path, text)
    assert "mine.toml" in lines[0]
    assert message in "\n".join(lines)


def test_unreadable_files_are_refused(tmp_path: Path) -> None:
    """Missing, a folder, or bytes that are no text."""
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    for path in (tmp_path / "no.toml", tmp_path, tmp_path / "bytes.toml"):
        with pytest.raises(CatalogError, match="catalog /"):
            load_catalog([path])


# --- recipes, as the documents give them -----------------------------------------------

PUBLISHED = reference_folder() / "published"
BETAS = {"beta_1": 0.9, "beta_2": 0.999}

KERAS_2_DEFAULTS: dict[str, dict[str, Any]] = {
    "sgd": {"class": "keras.SGD", "learning_rate": 0.01, "momentum": 0.0, "nesterov": False},
    "rmsprop": {"class": "keras2.RMSprop", "learning_rate": 0.001, "rho": 0.9, "epsilon": 1e-7},
    "adagrad": {"class": "keras2.Adagrad", "learning_rate": 0.01, "epsilon": 1e-7},
    "adadelta": {"class": "keras.Adadelta", "learning_rate": 1.0, "rho": 0.95, "epsilon": 1e-7},
    "adam": {
        **BETAS,
        "class": "keras.Adam",
        "learning_rate": 0.001,
        "epsilon": 1e-7,
        "amsgrad": False,
    },
    "adamax": {**BETAS, "class": "keras.Adamax", "learning_rate": 0.002, "epsilon": 1e-7},
    "nadam": {
        **BETAS,
        "class": "keras2.Nadam",
        "learning_rate": 0.002,
        "epsilon": 1e-7,
        "schedule_decay": 0.004,
    },
}

NUMPY_RULES: dict[str, dict[str, Any]] = {
    "sgd": {"class": "numpy.SGD", "learning_rate": 0.1},
    "adagrad": {"class": "numpy.AdaGrad", "learning_rate": 0.001, "epsilon": 1e-7},
    "rmsprop": {"class": "numpy.RMSprop", "learning_rate": 0.001, "beta": 0.999, "epsilon": 1e-7},
    "momentum": {"class": "numpy.Momentum", "learning_rate": 0.001, "beta": 0.9},
    "nesterov": {"class": "numpy.Nesterov", "learning_rate": 0.001, "beta": 0.9},
    "adam": {**BETAS, "class": "numpy.Adam", "learning_rate": 0.001, "epsilon": 1e-7},
}


def members(document: str) -> list[Experiment]:
    """The experiments of a document."""
    return [experiment for experiment in CATALOG.values() if experiment.document == document]


def optimizer(name: str) -> dict[str, Any]:
    """An entry's optimizer as its file writes it."""
    return CATALOG[name].optimizer.model_dump(by_alias=True)


@pytest.mark.parametrize("name", CATALOG)
def test_an_entry_is_described(name: str) -> None:
    """Title and source are there, titles differ, and the key is the entry's name."""
    experiment = CATALOG[name]
    assert experiment.name == name
    assert experiment.source.startswith("00") and ".txt: " in experiment.source
    assert [e.title for e in CATALOG.values()].count(experiment.title) == 1


@pytest.mark.parametrize("rule", KERAS_2_DEFAULTS)
def test_documents_a_and_b_train_with_keras_2_defaults(rule: str) -> None:
    """A name means Keras 2's rule with Keras 2's default values, written out, in both documents."""
    assert optimizer(f"wide/{rule}") == KERAS_2_DEFAULTS[rule]
    assert optimizer(f"small/{rule}") == KERAS_2_DEFAULTS[rule]


def test_document_a_also_trains_sgd_at_a_tenth_of_the_rate() -> None:
    """The first run of the document sets its own learning rate."""
    assert optimizer("wide/sgd-0.001") == {**KERAS_2_DEFAULTS["sgd"], "learning_rate": 0.001}


def test_document_c_trains_with_keras_1_optimizers() -> None:
    """Keras 1's Adam has epsilon 1e-8; the claim about SGD takes Keras 1's default rate."""
    adam = {**KERAS_2_DEFAULTS["adam"], "epsilon": 1e-8}
    assert optimizer("depth/softmax") == {**KERAS_2_DEFAULTS["sgd"], "learning_rate": 0.005}
    assert optimizer("depth/sigmoid5") == {**adam, "learning_rate": 0.003}
    assert optimizer("depth/relu5") == optimizer("depth/relu5-dropout") == adam
    assert optimizer("depth/sigmoid5-sgd") == KERAS_2_DEFAULTS["sgd"]


def test_the_claim_differs_from_sigmoid5_in_the_optimizer_alone() -> None:
    """It is claimed and not published, and nothing else of the recipe changes."""
    claimed, trained = CATALOG["depth/sigmoid5-sgd"], CATALOG["depth/sigmoid5"]
    assert claimed.claim
    assert claimed.published.figures() == {}
    assert claimed.model_copy(update={"optimizer": trained.optimizer}).recipe() == trained.recipe()
    published = [name for name, e in CATALOG.items() if e.published.figures()]
    assert sorted({*CATALOG} - {*published}) == ["depth/sigmoid5-sgd"]


@pytest.mark.parametrize("rule", NUMPY_RULES)
def test_document_d_trains_with_its_own_rules_from_its_own_seed(rule: str) -> None:
    """Rule, seed, start and schedule are those that make its tables come out again."""
    experiment = CATALOG[f"numpy/{rule}"]
    assert optimizer(experiment.name) == NUMPY_RULES[rule]
    assert (experiment.engine, experiment.seed, experiment.kernel_initializer.stddev) == (
        "numpy",
        1,
        0.01,
    )
    assert (experiment.batch_size, experiment.iterations, experiment.evaluate_every) == (
        100,
        10_000,
        600,
    )


def test_document_e_stops_early_in_all_models_but_the_first() -> None:
    """The callback watches the training loss for 10 epochs; the optimizer is Adam everywhere."""
    for experiment in members("E"):
        assert optimizer(experiment.name) == KERAS_2_DEFAULTS["adam"]
        if experiment.name == "mlp/model1":
            assert experiment.callbacks == ()
            continue
        (stopping,) = experiment.callbacks
        assert stopping.model_dump(exclude={"kind"}) == {
            "monitor": "loss",
            "min_delta": 0.0,
            "patience": 10,
            "restore_best_weights": True,
        }


@pytest.mark.parametrize(
    ("document", "wanted"),
    [
        ("A", {(1.0, (28, 28), 60_000, 10_000, 1000, 50)}),
        ("B", {(255.0, (784,), 8192, 3000, 128, 20)}),
        (
            "C",
            {(1.0, (784,), 60_000, 10_000, 100, 20), (1.0, (784,), 60_000, 10_000, 100, 30)},
        ),
        ("D", {(255.0, (784,), 60_000, 10_000, 100, None)}),
        (
            "E",
            {
                (255.0, (784,), 60_000, 10_000, 32, 20),
                (255.0, (784,), 60_000, 10_000, 32, 40),
                (1.0, (28, 28, 1), 60_000, 10_000, 32, 20),
            },
        ),
    ],
)
def test_pixels_images_batch_and_epochs_of_a_document(
    document: str, wanted: set[tuple[object, ...]]
) -> None:
    """Raw or scaled pixels, image counts, batch size and epochs are the document's."""
    found = {
        (e.pixel_divisor, e.input_shape, e.train, e.test, e.batch_size, e.epochs)
        for e in members(document)
    }
    assert found == wanted


@pytest.mark.parametrize(
    ("document", "loss", "from_logits", "metrics"),
    [
        ("A", "CategoricalCrossentropy", False, ("accuracy",)),
        ("B", "keras2.CategoricalCrossentropy", False, ("accuracy",)),
        ("C", "keras2.BinaryCrossentropy", False, ("accuracy", "binary_accuracy")),
        ("D", "CategoricalCrossentropy", False, ("accuracy",)),
        ("E", "SparseCategoricalCrossentropy", True, ("accuracy",)),
    ],
)
def test_loss_and_metrics_of_a_document(
    document: str, loss: str, from_logits: bool, metrics: tuple[str, ...]
) -> None:
    """Only document C trains binary cross-entropy, and only it needs both accuracies."""
    for experiment in members(document):
        assert (experiment.loss.kind, experiment.loss.from_logits) == (loss, from_logits)
        assert experiment.metrics == metrics


@pytest.mark.parametrize("file", ["depth.toml", "mlp.toml"])
def test_finals_of_c_and_e_are_those_printed(file: str) -> None:
    """The catalog's finals are the documents' at full precision, rounded to six decimals."""
    finals = tomllib.loads((PUBLISHED / file).read_text(encoding="utf-8"))["finals"]
    document = "C" if file == "depth.toml" else "E"
    assert list(finals) == [e.name for e in members(document) if e.published.figures()]
    for name, figures in finals.items():
        for metric, value in figures.items():
            assert getattr(CATALOG[name].published, metric) == pytest.approx(value, abs=5.1e-7)


def test_the_finals_of_the_inventory() -> None:
    """The final test accuracies are those of the project's inventory of the documents."""
    finals = {name: e.published.test_accuracy for name, e in CATALOG.items()}
    assert [finals[name] for name in NAMES[:8]] == [
        0.9401,
        0.9594,
        0.9785,
        0.9578,
        0.9809,
        0.9694,
        0.9605,
        0.9778,
    ]
    assert [finals[name] for name in NAMES[20:26]] == [
        0.9784,
        0.9191,
        0.9759,
        0.9136,
        0.914,
        0.9821,
    ]
    assert [finals[name] for name in NAMES[26:]] == [
        0.9789,
        0.98,
        0.9816,
        0.98,
        0.9831,
        0.9878,
    ]


def test_document_c_published_binary_accuracy() -> None:
    """What C calls accuracy is never passed off as the accuracy of a classifier."""
    for experiment in members("C"):
        assert experiment.published.test_accuracy is None
        if experiment.published.figures():
            assert experiment.published.test_binary_accuracy is not None
            assert "binary" in experiment.published.note


def test_nadam_says_that_its_last_epoch_is_lost() -> None:
    """The finals of wide/nadam are those of epoch 49, and the entry says so."""
    assert "49" in CATALOG["wide/nadam"].published.note
    assert (
        CATALOG["wide/nadam"].published.test_accuracy
        == load_published(PUBLISHED)["wide/nadam"]["val_accuracy"][48]
    )


@pytest.mark.parametrize(
    ("document", "rounding"), [("A", 5e-5), ("B", 5e-5), ("C", 5e-6), ("D", 5e-7), ("E", 5e-5)]
)
def test_rounding_is_half_a_unit_of_the_last_digit(document: str, rounding: float) -> None:
    """Every published accuracy is a multiple of twice the rounding that its entry states."""
    for experiment in members(document):
        published = experiment.published
        if not published.figures():
            continue
        assert published.rounding == pytest.approx(rounding)
        shown = published.test_accuracy or published.test_binary_accuracy
        assert shown is not None
        units = shown / (2 * rounding)
        assert units == pytest.approx(round(units), abs=1e-4)


# --- faults of a file, told one by one --------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ("seed = -1", "seed: Input should be greater than or equal to 0; came -1"),
        ("pixel_divisor = nan", "pixel_divisor: Input should be a finite number; came nan"),
        ('metrics = ["acc"]', "metrics[0]: Input should be 'accuracy' or 'binary_accuracy'; came"),
        ("published = { test_accurcy = 0.5 }", "test_accurcy: unknown field; did you mean test_ac"),
        ("quick = { epoch = 1 }", "quick.epoch: unknown field; did you mean epochs?"),
        ('loss = { class = "Hinge", from_logits = false }', "loss.class: Input should be 'Categ"),
        ('kernel_initializer = { class = "RandomNormal" }', "kernel_initializer: stddev goes with"),
        ('callbacks = [ { class = "keras.EarlyStopping" } ]', "callbacks[0].monitor: is missing"),
        ('optimizer = { class = "Adam" }', "optimizer: unknown class 'Adam'; known: 'keras.SGD'"),
        ('optimizer = "adam"', "optimizer: Input should be a valid dictionary"),
        ("optimizer = { learning_rate = 1.0 }", "optimizer: needs a class"),
    ],
)
def test_a_fault_is_explained(tmp_path: Path, fields: str, line: str) -> None:
    """Place, what was wrong, what came or how to mend it."""
    assert any(line in found for found in faults_of(tmp_path, ENTRY + fields))


def test_no_field_of_another_record_is_suggested(tmp_path: Path) -> None:
    """`train` belongs to an entry, so it is no mend for a published figure."""
    lines = faults_of(tmp_path, ENTRY + "published = { train = 0.5 }")
    assert lines[1:] == ['  experiments."mine/a".published.train: unknown field']


def test_every_item_of_a_list_is_judged(tmp_path: Path) -> None:
    """Places carry the position, and a list is not called short because its items are faulty."""
    layers = """layers = [
      { class = "Dense", units = 5, activation = "relu", bias = true },
      { class = "Dropout", rate = 1.0 },
      { units = 10 },
      7,
    ]"""
    lines = faults_of(tmp_path, ENTRY[: ENTRY.index("layers =")] + layers)
    place = '  experiments."mine/a".layers'
    assert [line.split(": ")[0] for line in lines[1:]] == [
        f"{place}[0].bias",
        f"{place}[1].rate",
        f"{place}[2]",
        f"{place}[3]",
    ]


def test_parts_that_do_not_fit_are_told_one_by_one(tmp_path: Path) -> None:
    """Faults of a whole entry are counted and listed like those of its fields."""
    lines = faults_of(tmp_path, ENTRY + "input_shape = [3]\nmetrics = []\niterations = 3")
    assert lines[0].endswith("has 3 faults:")
    assert all(line.startswith('  experiments."mine/a": ') for line in lines[1:])


def test_a_fault_of_the_defaults_is_told_once(tmp_path: Path) -> None:
    """Its place is the defaults table, however many entries take it from there."""
    text = ENTRY.replace("epochs = 1", "epochs = -2")
    lines = faults_of(tmp_path, text + text[text.index("[experiments") :].replace("/a", "/b"))
    assert lines[0].endswith("has 1 fault:")
    assert lines[1].startswith("  defaults.epochs: ")


def test_an_entry_replaces_the_defaults_whole(tmp_path: Path) -> None:
    """Tables are not merged: an entry's optimizer is the one it writes."""
    lines = faults_of(tmp_path, ENTRY + 'optimizer = { class = "keras.SGD", momentum = 0.9 }')
    assert [line.strip() for line in lines[1:]] == [
        'experiments."mine/a".optimizer.learning_rate: is missing',
        'experiments."mine/a".optimizer.nesterov: is missing',
    ]


def test_files_are_read_in_turn(tmp_path: Path) -> None:
    """Several files join in the order given, and a name is defined by one of them."""
    first = write(tmp_path, ENTRY)
    second = tmp_path / "second.toml"
    second.write_text(ENTRY.replace("mine/a", "b"), encoding="utf-8")
    assert list(load_catalog([second, first]))[32:] == ["b", "mine/a"]
    with pytest.raises(CatalogError, match='"mine/a": the name is taken'):
        load_catalog([first, second, first])


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a b", "a//b", "a\\u001b[31m", ".", "é"])
def test_hostile_names_are_refused_and_shown_harmlessly(tmp_path: Path, name: str) -> None:
    """A name is no path that leaves a folder, and no control character reaches the terminal."""
    lines = faults_of(tmp_path, ENTRY.replace("mine/a", name))
    assert len(lines) == 2
    assert ".name: String should match pattern" in lines[1]
    assert all(line.isprintable() for line in lines)


def test_long_values_are_shortened(tmp_path: Path) -> None:
    """A line stays readable whatever came."""
    lines = faults_of(tmp_path, ENTRY + f'seed = "{"x" * 5000}"')
    assert len(lines[1]) < 200
    assert lines[1].endswith("xxx...")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[experiments]\n"a/b" = 3', 'experiments."a/b": must be a table; came 3'),
        ('[defaults]\nname = "a"', "defaults.name: the table's key is the name"),
        (ENTRY + '[experiments."mine/a"]\n', "is not TOML: "),
        ("a = " + "[" * 100_000, "is not TOML: "),
        ("a = " + "9" * 5000, "is not TOML: "),
    ],
)
def test_absurd_files_end_in_a_message(tmp_path: Path, text: str, message: str) -> None:
    """Neither endless nesting nor a number of 5,000 digits ends in a traceback."""
    assert message in "\n".join(faults_of(tmp_path, text))


def test_unreadable_files_are_told_apart(tmp_path: Path) -> None:
    """The system's reason stands in the line, or the first byte that is no text."""
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b"# \xff\n")
    reasons = {
        latin: "is not UTF-8 text: byte 2. Save it as UTF-8.",
        tmp_path / "missing.toml": "cannot be read: No such file or directory",
        tmp_path: "cannot be read: Is a directory",
    }
    for path, reason in reasons.items():
        with pytest.raises(CatalogError) as error:
            load_catalog([path])
        assert str(error.value) == f"catalog {path} {reason}"

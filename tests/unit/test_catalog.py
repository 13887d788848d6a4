"""The catalog holds what the documents trained, and a faulty file is refused with every place."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mnistreport.catalog import load_catalog
from mnistreport.errors import CatalogError
from mnistreport.experiment import Conv2D, Dense, Experiment, MaxPooling2D
from mnistreport.published import load_published
from mnistreport.reference import reference_folder

CATALOG = load_catalog()
PUBLISHED = reference_folder() / "published"
CURVES = load_published(PUBLISHED)

NAMES = {
    "A": "wide/sgd-0.001 wide/sgd wide/rmsprop wide/adagrad wide/adadelta wide/adam wide/adamax "
    "wide/nadam",
    "B": "small/sgd small/rmsprop small/adagrad small/adadelta small/adam small/adamax small/nadam",
    "C": "depth/softmax depth/sigmoid5 depth/relu5 depth/relu5-dropout depth/sigmoid5-sgd",
    "D": "numpy/sgd numpy/adagrad numpy/rmsprop numpy/momentum numpy/nesterov numpy/adam",
    "E": "mlp/model1 mlp/model2 mlp/model3 mlp/model4 mlp/model7 cnn/model8",
}

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


def parameters(experiment: Experiment) -> int:
    """Count weights and biases from the layers alone (convolutions here are all `valid`)."""
    height, width, channels = (*experiment.input_shape, 1, 1)[:3]
    count, units = 0, height * width * channels
    for layer in experiment.layers:
        if isinstance(layer, Conv2D):
            assert layer.padding == "valid"
            count += layer.filters * (layer.kernel_size**2 * channels + 1)
            height, width = (size - layer.kernel_size + 1 for size in (height, width))
            channels = layer.filters
        elif isinstance(layer, MaxPooling2D):
            height, width = height // layer.pool_size, width // layer.pool_size
        elif isinstance(layer, Dense):
            count += layer.units * (units + 1)
            height, width, channels = layer.units, 1, 1
        units = height * width * channels
    return count


def steps(experiment: Experiment) -> int:
    """Count the batches that a training takes."""
    batches = experiment.train // experiment.batch_size
    return experiment.iterations or (experiment.epochs or 0) * batches


# --- the entries ------------------------------------------------------------------------


def test_the_catalog_holds_the_32_trainings_in_the_documents_order() -> None:
    """Names and their order are fixed, and every entry says which document it comes from."""
    assert list(CATALOG) == " ".join(NAMES.values()).split()
    assert len(CATALOG) == 32
    for document, names in NAMES.items():
        assert [experiment.name for experiment in members(document)] == names.split()


@pytest.mark.parametrize("name", CATALOG)
def test_an_entry_is_described(name: str) -> None:
    """Title and source are there, titles differ, and the key is the entry's name."""
    experiment = CATALOG[name]
    assert experiment.name == name
    assert experiment.source.startswith("00") and ".txt: " in experiment.source
    assert [e.title for e in CATALOG.values()].count(experiment.title) == 1


@pytest.mark.parametrize("name", [n for n, e in CATALOG.items() if e.published.parameters])
def test_published_parameter_counts_follow_from_the_layers(name: str) -> None:
    """The layers of an entry have as many parameters as the document prints."""
    assert parameters(CATALOG[name]) == CATALOG[name].published.parameters


def test_parameter_counts_of_the_inventory() -> None:
    """Where a document prints no count, the layers give the ones of the inventory or of Keras."""
    assert {parameters(e) for e in members("A")} == {795_010}
    assert {parameters(e) for e in members("B")} == {669_706}
    assert parameters(CATALOG["depth/sigmoid5-sgd"]) == 185_300
    assert {parameters(e) for e in members("D")} == {328_810}
    assert parameters(CATALOG["cnn/model8"]) == 225_034


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
        ("B", "CategoricalCrossentropy", False, ("accuracy",)),
        ("C", "BinaryCrossentropy", False, ("accuracy", "binary_accuracy")),
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


@pytest.mark.parametrize("name", CATALOG)
def test_quick_trains_less_of_the_same(name: str) -> None:
    """The quick profile uses fewer images and far fewer steps, and changes nothing else."""
    published = CATALOG[name]
    quick = published.for_profile("quick", (60_000, 10_000))
    assert quick.train < published.train
    assert quick.test < published.test
    assert steps(quick) * 4 < steps(published)
    amounts = {"train", "test", "epochs", "iterations", "evaluate_every"}
    assert quick.model_dump(exclude=amounts) == published.model_dump(exclude=amounts)


# --- published finals -------------------------------------------------------------------


def last(name: str, history: str) -> float:
    """The last figure of a curve that survives."""
    return next(value for value in reversed(CURVES[name][history]) if value is not None)


@pytest.mark.parametrize("name", [n for n, e in CATALOG.items() if e.document in "AB"])
def test_finals_of_a_and_b_end_their_curves(name: str) -> None:
    """Test accuracy and loss are the last published val_accuracy and val_loss."""
    published = CATALOG[name].published
    assert published.test_accuracy == last(name, "val_accuracy")
    assert published.test_loss == last(name, "val_loss")


@pytest.mark.parametrize("name", [n for n in CURVES if n.startswith(("small/", "mlp/"))])
def test_final_training_losses_end_their_curves(name: str) -> None:
    """B and E published the training loss of the last epoch."""
    assert CATALOG[name].published.final_loss == last(name, "loss")


@pytest.mark.parametrize("name", NAMES["D"].split())
def test_finals_of_d_are_the_last_row(name: str) -> None:
    """D's finals are the accuracies of iteration 9,600."""
    published = CATALOG[name].published
    assert published.train_accuracy == last(name, "train_accuracy")
    assert published.test_accuracy == last(name, "test_accuracy")


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
    assert [finals[name] for name in NAMES["A"].split()] == [
        0.9401,
        0.9594,
        0.9785,
        0.9578,
        0.9809,
        0.9694,
        0.9605,
        0.9778,
    ]
    assert [finals[name] for name in NAMES["D"].split()] == [
        0.9784,
        0.9191,
        0.9759,
        0.9136,
        0.914,
        0.9821,
    ]
    assert [finals[name] for name in NAMES["E"].split()] == [
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
    assert CATALOG["wide/nadam"].published.test_accuracy == CURVES["wide/nadam"]["val_accuracy"][48]


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


# --- files of the user ------------------------------------------------------------------

DEFAULTS = """
[defaults]
document = "X"
source = "mine"
engine = "keras"
input_shape = [784]
pixel_divisor = 255.0
train = 100
test = 50
layers = [ { class = "Dense", units = 10, activation = "softmax" } ]
kernel_initializer = { class = "GlorotUniform" }
loss = { class = "CategoricalCrossentropy", from_logits = false }
metrics = ["accuracy"]
optimizer = { class = "keras.SGD", learning_rate = 0.1, momentum = 0.9, nesterov = false }
batch_size = 10
epochs = 2
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a catalog file: the defaults above, then what is given."""

    def write_file(entries: str, defaults: str = DEFAULTS, file: str = "mine.toml") -> Path:
        path = tmp_path / file
        path.write_text(defaults + entries, encoding="utf-8")
        return path

    return write_file


def faults_of(*paths: Path) -> list[str]:
    """The lines of the error that loading these files ends with."""
    with pytest.raises(CatalogError) as caught:
        load_catalog(paths)
    return str(caught.value).splitlines()


def entry(name: str, fields: str = "") -> str:
    """One entry of a file, titled, with more fields."""
    return f'[experiments."{name}"]\ntitle = "mine"\n{fields}\n'


def test_a_file_of_the_user_comes_after_the_packaged_ones(write: Write) -> None:
    """Entries keep the order of their files, and several files are read in turn."""
    first = write(entry("my/b") + entry("my/a"))
    second = write(entry("other"), file="second.toml")
    assert list(load_catalog([first, second]))[32:] == ["my/b", "my/a", "other"]


def test_an_entry_replaces_the_defaults_whole(write: Write) -> None:
    """Tables are not merged: an entry's optimizer is the one it writes."""
    sgd = 'optimizer = { class = "numpy.SGD", learning_rate = 0.5 }'
    (line,) = faults_of(write(entry("a", sgd)))[1:]
    assert "does not run on the keras engine" in line
    keras = (
        'optimizer = { class = "keras.SGD", learning_rate = 0.5, momentum = 0.0, nesterov = true }'
    )
    found = load_catalog([write(entry("a", keras))])["a"]
    assert found.optimizer.model_dump(by_alias=True)["momentum"] == 0.0
    assert found.epochs == 2


def test_every_fault_is_told_at_once_with_its_place(write: Write) -> None:
    """A file with eight faults in two entries takes one message to mend."""
    broken = """
epochs = "five"
batchsize = 3
layers = [
  { class = "Dense", units = -1, activation = "relu" },
  { class = "Dens", units = 10 },
  { units = 10 },
  7,
]
optimizer = { class = "keras.SGD", learning_rate = 0.1, momentum = 0.0, nestrov = true }
"""
    path = write(entry("my/net", broken) + entry("my/other", "train = 0"))
    first, *lines = faults_of(path)
    assert first == f"catalog {path} has 9 faults:"
    places = dict(line.strip().split(": ", 1) for line in lines)
    net = 'experiments."my/net"'
    assert len(places) == 9
    assert places[f"{net}.epochs"].endswith("came 'five'")
    assert places[f"{net}.batchsize"] == "unknown field; did you mean batch_size?"
    assert places[f"{net}.layers[0].units"].endswith("came -1")
    assert places[f"{net}.layers[1]"].startswith("unknown class 'Dens'; known: 'Dense', 'Conv2D'")
    assert places[f"{net}.layers[2]"] == "needs a class"
    assert places[f"{net}.layers[3]"].endswith("came 7")
    assert places[f"{net}.optimizer.nesterov"] == "is missing"
    assert places[f"{net}.optimizer.nestrov"] == "unknown field; did you mean nesterov?"
    assert places['experiments."my/other".train'].endswith("came 0")


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ("seed = -1", "seed: Input should be greater than or equal to 0; came -1"),
        ("pixel_divisor = nan", "pixel_divisor: Input should be a finite number; came nan"),
        ("layers = []", "layers: Tuple should have at least 1 item after validation, not 0; came"),
        ("published = { test_accurcy = 0.5 }", "test_accurcy: unknown field; did you mean test_ac"),
        ("published = { train = 0.5 }", "published.train: unknown field"),
        ("quick = { epoch = 1 }", "quick.epoch: unknown field; did you mean epochs?"),
        ('loss = { class = "Hinge", from_logits = false }', "loss.class: Input should be 'Categ"),
        ('kernel_initializer = { class = "RandomNormal" }', "kernel_initializer: stddev goes with"),
        ('callbacks = [ { class = "keras.EarlyStopping" } ]', "callbacks[0].monitor: is missing"),
        ('optimizer = { class = "Adam" }', "optimizer: unknown class 'Adam'; known: 'keras.SGD'"),
        ('name = "b"', "name: the table's key is the name; leave this field out"),
    ],
)
def test_a_fault_is_explained(write: Write, fields: str, line: str) -> None:
    """Place, what was wrong, what came or how to mend it."""
    assert any(line in found for found in faults_of(write(entry("a", fields))))


def test_no_field_of_another_record_is_suggested(write: Write) -> None:
    """`train` belongs to an entry, so it is no mend for a published figure."""
    lines = faults_of(write(entry("a", "published = { train = 0.5 }")))
    assert lines[1] == '  experiments."a".published.train: unknown field'


def test_parts_that_do_not_fit_are_told_one_by_one(write: Write) -> None:
    """Faults of a whole entry are counted and listed like those of its fields."""
    lines = faults_of(write(entry("a", "input_shape = [3]\nmetrics = []\niterations = 3")))
    assert lines[0].endswith("has 3 faults:")
    assert all(line.startswith('  experiments."a": ') for line in lines[1:])


def test_a_fault_of_the_defaults_is_told_once(write: Write) -> None:
    """Its place is the defaults table, however many entries take it from there."""
    lines = faults_of(
        write(entry("a") + entry("b"), DEFAULTS.replace("epochs = 2", "epochs = -2\nepoch = 2"))
    )
    assert lines[0].endswith("has 2 faults:")
    assert lines[1].startswith("  defaults.epochs: ")
    assert lines[2] == "  defaults.epoch: unknown field; did you mean epochs?"


def test_a_name_is_defined_once(write: Write) -> None:
    """Neither a packaged entry nor one of another file can be replaced."""
    mine = write(entry("my/net") + entry("numpy/sgd"))
    assert faults_of(mine)[1:] == [
        '  experiments."numpy/sgd": the name is taken by another catalog; choose another'
    ]
    good = write(entry("my/net"))
    assert 'experiments."my/net": the name is taken' in faults_of(good, good)[1]


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a b", "a//b", "a\\u001b[31m", ".", "é"])
def test_hostile_names_are_refused_and_shown_harmlessly(write: Write, name: str) -> None:
    """A name is no path that leaves a folder, and no control character reaches the terminal."""
    lines = faults_of(write(entry(name)))
    assert len(lines) == 2
    assert ".name: String should match pattern" in lines[1]
    assert all(line.isprintable() for line in lines)


def test_long_values_are_shortened(write: Write) -> None:
    """A line stays readable whatever came."""
    (line,) = faults_of(write(entry("a", f'epochs = "{"x" * 5000}"')))[1:]
    assert len(line) < 200
    assert line.endswith("xxx...")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "experiments: there is none"),
        ("experiments = 3", "experiments: came 3; write one table each"),
        ('[experiments]\n"a/b" = 3', 'experiments."a/b": must be a table; came 3'),
        ("defaults = 4", "defaults: must be a table; came 4"),
        ('[defaults]\nname = "a"', "defaults.name: the table's key is the name"),
        ("[experiment.a]\n", "experiment: unknown table; a catalog holds defaults and experiments"),
        ("[defaults\n", "is not TOML: "),
        ("[experiments.a]\n[experiments.a]\n", "is not TOML: "),
        ("a = " + "[" * 100_000, "is not TOML: "),
        ("a = " + "9" * 5000, "is not TOML: "),
    ],
)
def test_a_file_of_another_shape_is_refused(write: Write, text: str, message: str) -> None:
    """What is no catalog at all ends in one clear message and no traceback."""
    path = write(text, defaults="")
    with pytest.raises(CatalogError) as caught:
        load_catalog([path])
    assert str(caught.value).startswith(f"catalog {path} ")
    assert message in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """Missing files, folders and bytes that are not UTF-8 are told apart."""
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b"# \xff\n")
    assert faults_of(latin) == [f"catalog {latin} is not UTF-8 text: byte 2. Save it as UTF-8."]
    missing = tmp_path / "missing.toml"
    assert faults_of(missing) == [f"catalog {missing} cannot be read: No such file or directory"]
    assert faults_of(tmp_path) == [f"catalog {tmp_path} cannot be read: Is a directory"]

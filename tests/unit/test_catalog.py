"""The catalog holds every published training, and names every fault of a user's own file."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from mnistreport.catalog import load_catalog
from mnistreport.cost import training_flops
from mnistreport.errors import CatalogError
from mnistreport.experiment import Conv2D, Dense, Experiment, MaxPooling2D

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

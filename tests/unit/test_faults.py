"""What each fault is: where it is planted, and what it makes of a recipe and its data."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

import mnistreport
from mnistreport.catalog import load_catalog
from mnistreport.conformance.cases import Case, numpy_cases, trained_cases
from mnistreport.dataset import Dataset
from mnistreport.errors import NothingSelected
from mnistreport.faults import CLEAN, FAULTS, Fault, choose_faults, settings
from tests.unit.records import experiment, numpy_experiment, task

PLANTED = [fault for fault in FAULTS.values() if fault is not CLEAN]
TRAIN, TEST = 200, 50
OF_ONE_OPTIMIZER = {
    "epsilon-inside": ("keras2.RMSprop", "keras2.Adagrad"),
    "accumulator-0.1": ("keras2.Adagrad",),
    "beta-2-0.99": ("keras.Adam", "keras.Adamax", "keras.Nadam", "keras2.Nadam", "numpy.Adam"),
}


def dataset() -> Dataset:
    """Each image holds its own number."""
    count = TRAIN + TEST
    images = np.broadcast_to(np.arange(count, dtype=np.uint8)[:, None, None], (count, 28, 28))
    labels = np.arange(count, dtype=np.uint8) % 10
    parts = images[:TRAIN], labels[:TRAIN], images[TRAIN:], labels[TRAIN:]
    return Dataset("toy", *parts, "ab" * 32, "made")


def set_up(setting: object, seed: int = 0) -> tuple[object, Dataset]:
    """A setting's fault in a small experiment."""
    entry = experiment(train=TRAIN, test=TEST)
    return setting(entry, dataset(), np.random.RandomState(seed))  # type: ignore[operator, no-any-return]


def steps(module: str) -> set[str]:
    """The public names that a module of broken steps defines, without importing it."""
    path = Path(mnistreport.__file__).parent / "training" / f"{module}.py"
    names: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return {name for name in names if not name.startswith("_")}


@pytest.mark.parametrize("fault", PLANTED, ids=lambda fault: fault.name)
def test_a_fault_has_something_to_change_in_each_of_its_experiments(fault: Fault) -> None:
    """The recipe, the setting, or a step that the experiment's engine has."""
    catalog = load_catalog()
    broken = {"keras": steps("broken_keras"), "numpy": steps("broken_numpy")}
    assert fault.experiments
    for name in fault.experiments:
        entry = catalog[name].for_profile("quick", (1437, 360))
        by_recipe = fault.recipe is not None and fault.recipe(entry) != entry
        assert by_recipe or fault.setting is not None or fault.step in broken[entry.engine]


@pytest.mark.parametrize("fault", PLANTED, ids=lambda fault: fault.name)
def test_only_faults_of_an_engines_rules_go_to_the_conformance_suite(fault: Fault) -> None:
    """Which reads nothing that a reader writes."""
    if fault.in_rules:
        assert fault.kind != "reader"
        assert fault.setting is None


@pytest.mark.parametrize("case", (*trained_cases(), *numpy_cases()), ids=lambda case: case.name)
def test_a_recipes_fault_leaves_alone_what_it_does_not_fit(case: Case) -> None:
    """The conformance suite plants it into every case."""
    kind = case.experiment.optimizer.kind
    for name, fits in OF_ONE_OPTIMIZER.items():
        recipe = FAULTS[name].recipe
        assert recipe is not None
        assert (recipe(case.experiment) != case.experiment) == (kind in fits), name


def test_every_broken_step_belongs_to_a_fault() -> None:
    """None was left behind."""
    wanted = {fault.step for fault in PLANTED}
    helpers = {"AdamUncorrected", "AdamEpsilonInside", "AdadeltaRateInside"}
    assert (steps("broken_keras") | steps("broken_numpy")) - helpers <= wanted


def test_a_faulty_task_has_a_key_and_a_label_of_its_own() -> None:
    """Its run is never taken for a faithful one, nor one fault's for another's."""
    from dataclasses import replace

    keys = {replace(task(), fault=name).key for name in ("", *FAULTS)}
    assert len(keys) == len(FAULTS) + 1
    assert replace(task(), fault="rate-times-10").label == "small/adam (seed 0) with rate-times-10"


def test_faults_are_chosen_by_globs() -> None:
    """In their own order; a glob that matches nothing is a mistake."""
    assert [fault.name for fault in choose_faults(["label*"])] == [
        "label-noise-10",
        "label-noise-1",
    ]
    assert choose_faults([]) == list(FAULTS.values())
    with pytest.raises(NothingSelected, match="no fault matches 'labels'"):
        choose_faults(["labels"])


@pytest.mark.parametrize(("share", "wrong"), [(0.1, 20), (0.01, 2)])
def test_label_noise_makes_just_its_share_wrong(share: float, wrong: int) -> None:
    """Each to another class, the same ones for the same seed."""
    noisy = set_up(settings.label_noise(share))[1]
    assert np.sum(noisy.y_train != dataset().y_train) == wrong
    assert noisy.y_train.max() <= 9
    again, other = set_up(settings.label_noise(share))[1], set_up(settings.label_noise(share), 1)[1]
    assert np.array_equal(noisy.y_train, again.y_train)
    assert not np.array_equal(noisy.y_train, other.y_train)


def test_a_thinned_class_keeps_a_tenth_and_all_others() -> None:
    """Images and labels stay together."""
    entry, thin = set_up(settings.class_thinned(8, 0.1))
    counts = np.bincount(thin.y_train, minlength=10)
    assert list(counts) == [20] * 8 + [2] + [20]
    assert entry.train == len(thin.x_train) == len(thin.y_train)  # type: ignore[attr-defined]
    assert np.array_equal(thin.x_train[:, 0, 0] % 10, thin.y_train)


def test_leaked_test_images_take_the_place_of_training_images() -> None:
    """As many as before, labelled rightly, every test image among them."""
    leaked = set_up(settings.test_among_training)[1]
    numbers = leaked.x_train[:, 0, 0]
    assert len(numbers) == TRAIN
    assert set(range(TRAIN, TRAIN + TEST)) <= set(numbers.tolist())
    assert np.array_equal(numbers % 10, leaked.y_train)


def test_shifted_labels_are_those_of_the_neighbour() -> None:
    """Of the test set alone."""
    shifted = set_up(settings.test_labels_shifted)[1]
    assert np.array_equal(shifted.y_test, np.roll(dataset().y_test, 1))
    assert np.array_equal(shifted.y_train, dataset().y_train)


def test_one_epoch_fewer_is_one_evaluation_fewer_in_numpy() -> None:
    """Whose epochs are the intervals between evaluations."""
    random = np.random.RandomState(0)
    keras, _ = settings.one_epoch_fewer(experiment(), dataset(), random)
    plain, _ = settings.one_epoch_fewer(numpy_experiment(), dataset(), random)
    assert (keras.epochs, plain.iterations) == (19, 90)

"""The oracle, its alternatives, and the records; no Keras here."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from mnistreport import cli
from mnistreport.catalog import load_catalog
from mnistreport.conformance import failures, kept_conformance, plain, process, record, running
from mnistreport.conformance.cases import Case, numpy_cases, trained_cases
from mnistreport.conformance.causes import _SWITCHES, UNKNOWN, _rules, find_cause
from mnistreport.conformance.network import ACTIVATIONS, CrossEntropy, Model, Network
from mnistreport.conformance.trajectory import Moment, Problem, compare, train
from mnistreport.errors import ExitCode, ReferenceFileError, TrainingError
from mnistreport.experiment import Dense
from mnistreport.judging import exit_code
from mnistreport.selection import Settings
from tests.unit.records import conformance
from tests.unit.report.fake_results import fake_results

CASES = {case.name: case for case in (*trained_cases(), *numpy_cases())}
LOSSES = [
    CrossEntropy(kind="categorical", clip=None),
    CrossEntropy(kind="categorical", clip=1e-7),
    CrossEntropy(kind="categorical", clip=None, smoothing=0.1),
    CrossEntropy(kind="categorical", clip=1e-7, summed=True),
    CrossEntropy(kind="binary", clip=1e-7),
    CrossEntropy(kind="binary", clip=1e-7, sigmoid=True),
    CrossEntropy(kind="categorical", clip=0.2),
]


@pytest.mark.parametrize(
    ("hidden", "loss"),
    [*((hidden, LOSSES[0]) for hidden in ACTIVATIONS), *(("tanh", loss) for loss in LOSSES)],
    ids=lambda value: value if isinstance(value, str) else f"{value.kind}-{value.clip}",
)
def test_the_oracles_gradients_are_slopes(hidden: str, loss: CrossEntropy) -> None:
    """Central differences of the loss by every weight, where the clip acts too."""
    random = np.random.RandomState(3)
    weights = [random.randn(*shape) for shape in ((5, 4), (4,), (4, 3), (3,))]
    x, y = random.randn(6, 5), np.eye(3)[random.randint(0, 3, 6)]
    network = Network(Model(hidden, loss), weights)
    _, gradients = network.gradients(x, y)
    for array, gradient in zip(weights, gradients, strict=True):
        for at in np.ndindex(array.shape):
            kept = array[at]
            array[at] = kept + 1e-6
            above, _ = network.gradients(x, y)
            array[at] = kept - 1e-6
            below, _ = network.gradients(x, y)
            array[at] = kept
            assert gradient[at] == pytest.approx((above - below) / 2e-6, abs=1e-7)


def test_every_optimizer_loss_and_activation_of_the_catalog_is_examined() -> None:
    """With the hyperparameters that it is trained with, but for rates and Keras 1's epsilon."""

    def shape(optimizer: object) -> dict[str, object]:
        values = vars(optimizer)
        return {n: v for n, v in values.items() if n not in ("learning_rate", "epsilon")}

    every = [case.experiment for case in CASES.values() if not case.own]
    for experiment in load_catalog().values():
        examined = [e for e in every if e.engine == experiment.engine]
        assert shape(experiment.optimizer) in [shape(e.optimizer) for e in examined]
        assert experiment.loss in [e.loss for e in examined]
        activations = {la.activation for la in experiment.layers if isinstance(la, Dense)}
        known = {la.activation for e in examined for la in e.layers if isinstance(la, Dense)}
        assert activations <= known


@pytest.mark.parametrize("name", CASES)
def test_the_tolerance_is_a_thousand_roundings(name: str) -> None:
    """The same sums in another order (images reversed) move the oracle by less than 1e-12."""
    case = CASES[name]
    problem = case.problem()
    turned = Problem(problem.weights, problem.x[:, ::-1], problem.y[:, ::-1])
    one, other = (train(case.model, case.rule, p) for p in (problem, turned))
    assert compare(one, other, 1e-12)[1] is None


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith(("keras", "numpy"))])
def test_no_change_of_a_rule_goes_unnoticed(name: str) -> None:
    """Each switch and each other hyperparameter leaves the trajectory, and is named."""
    case = CASES[name]
    problem = case.problem()
    short = Problem(problem.weights, problem.x[:5], problem.y[:5])
    changes = [
        (str(text), rule)
        for text, rule in _rules(case.rule)
        if (text in _SWITCHES.values() or ", not " in str(text))
        # without momentum there is nothing to look ahead to
        and not ("look-ahead" in str(text) and not getattr(rule, "momentum", 1))
    ]
    assert changes
    for text, rule in changes:
        found = list(train(case.model, rule, short))
        _, deviation = compare(train(case.model, case.rule, short), found)
        assert deviation is not None, text
        # of two values of epsilon that make no difference to each other, either is right
        assert find_cause(case, short, found, deviation).split()[0] == text.split()[0]


def trained(case: Case) -> tuple[Problem, list[Moment]]:
    """Three steps of the oracle."""
    problem = case.problem()
    short = Problem(problem.weights, problem.x[:3], problem.y[:3])
    return short, list(train(case.model, case.rule, short))


def test_a_loss_that_nothing_explains_is_no_fault_of_the_optimizer() -> None:
    """It shows before the first update."""
    case = CASES["keras2/sgd"]
    problem, found = trained(case)
    found[0] = found[0]._replace(loss=found[0].loss + 0.1)
    _, deviation = compare(train(case.model, case.rule, problem), found)
    assert deviation is not None
    assert find_cause(case, problem, found, deviation).startswith(f"{UNKNOWN}, in the forward pass")


def test_what_is_no_number_deviates() -> None:
    """NaN is never within a tolerance."""
    case = CASES["keras2/sgd"]
    problem, found = trained(case)
    found[1].weights[0][3, 4] = np.nan
    _, deviation = compare(train(case.model, case.rule, problem), found)
    assert deviation is not None
    assert (deviation.step, deviation.what) == (2, "W1[3, 4]")


def test_an_outcome_is_kept_as_it_was(tmp_path: Path) -> None:
    """Through JSON and back; NaN comes back as NaN, infinity too."""
    path = tmp_path / "some" / "outcome.json"
    record.save(conformance(), path)
    assert record.load(path) == conformance()


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": "mnistreport/conformance/1"}'])
def test_a_damaged_outcome_is_one_line_and_examined_anew(tmp_path: Path, text: str) -> None:
    """Named, with what makes it anew; to the store it is not there."""
    path = process.kept_path(tmp_path)
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(ReferenceFileError, match="is damaged"):
        record.load(path)
    assert kept_conformance(tmp_path) is None


def test_another_version_is_examined_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store's outcome belongs to the versions and to our code."""
    record.save(conformance(), process.kept_path(tmp_path))
    assert kept_conformance(tmp_path) == conformance()
    monkeypatch.setattr(process, "package_version", lambda name: "99")
    assert kept_conformance(tmp_path) is None


def test_lines_name_step_values_and_cause() -> None:
    """A pass is one line, a failure says all, known roundings follow."""
    lines = list(plain(conformance()))
    assert lines[0] == "pass  keras2/adam     100 steps, largest relative difference 5.0e-15"
    assert lines[1] == (
        "FAIL  keras2/adagrad: step 1, b1[3]: expected -0.25, found -0.125 "
        "(relative difference 0.5): the accumulator starts at 0.1, not 0"
    )
    assert "beta_2 power: a becomes b" in "\n".join(lines[2:])
    assert lines[-1].startswith("1 of 2 rules conform (tensorflow 2.21.0, keras 3.15.1")
    assert failures(conformance()) == (lines[1].removeprefix("FAIL  "),)
    assert failures(None) == ()


def test_a_broken_rule_is_outside_the_reference() -> None:
    """Exit 1, unless nothing fails a build; a rule that is kept changes nothing."""
    good = conformance(findings=conformance().findings[:1])
    for found, fail_on in itertools.product((None, good, conformance()), ("fail", "warn", "never")):
        results = fake_results(troubled=False, conformance=found)
        broken = found is not None and not found.agrees and fail_on != "never"
        expected = ExitCode.OUTSIDE_REFERENCE if broken else ExitCode.PASS
        assert exit_code(results, Settings(fail_on=fail_on)) is expected


def test_a_crash_is_one_line(tmp_path: Path) -> None:
    """The last one that the process said."""
    with running(tmp_path, ["no/rule"]) as outcome, pytest.raises(TrainingError) as caught:
        outcome()
    assert "no rule matches 'no/rule'" in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_bad_words_are_refused_before_keras_is_started(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A glob that matches no rule, and another backend."""
    assert cli.run(["conformance", "keras4/*"]) == ExitCode.NOTHING_SELECTED
    assert "'keras4/*'. There are keras2/sgd, " in capsys.readouterr().err
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert cli.run(["conformance"]) == ExitCode.USAGE
    assert "KERAS_BACKEND is 'jax'. Unset it." in capsys.readouterr().err

"""What notices a fault is counted as the check itself would judge it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mnistreport import cli
from mnistreport.calibration import derive_ranges, row_of, samples_of
from mnistreport.errors import ExitCode, ReferenceFileError
from mnistreport.experiment import Engine
from mnistreport.faults import CLEAN, FAULTS, Fault
from mnistreport.looks import FIRST_ALPHA
from mnistreport.observed import Observed
from mnistreport.reference import SHORT
from mnistreport.sensitivity import (
    FaultFound,
    FaultRow,
    Ruling,
    Sensitivity,
    append_row,
    append_ruling,
    detect,
    load_rows,
    load_rulings,
)
from mnistreport.sensitivity.table import (
    lines,
    load_table,
    markdown,
    percent,
    summary,
    table_of,
    to_json,
    write_table,
)
from mnistreport.statistics import Share
from tests.unit.records import experiment, run

DATASET = "ab" * (SHORT // 2)
NAMES = ("a", "b", "c", "d", "e")
EXPERIMENTS = [experiment(name=name) for name in NAMES]
FAULT = FAULTS["rate-times-10"]
SPREAD = 0.05
CENTRES = {"test_loss": 0.2, "final_loss": 0.1}
SEEN = Observed(steps=100, steps_due=100, images=500, images_due=500)


def trained(
    name: str,
    seeds: range,
    shift: float = 0.0,
    observed: Observed | None = None,
    **changes: object,
) -> dict[int, FaultRow]:
    """Rows whose losses lie `shift` standard deviations above where they should."""
    found = {}
    for seed in seeds:
        random = np.random.default_rng([seed, *name.encode()])
        metrics = {
            metric: float(centre * np.exp(SPREAD * (random.normal() + shift)))
            for metric, centre in CENTRES.items()
        }
        entry = experiment(name=name)
        values = {"experiment": name, "recipe": entry.recipe(), "metrics": metrics}
        row = row_of(run(seed=seed, **{**values, **changes}))
        found[seed] = FaultRow(FAULT.name, row, observed or SEEN)
    return found


CALIBRATED = [one.row for name in NAMES for one in trained(name, range(30)).values()]
SAMPLES = samples_of(CALIBRATED, EXPERIMENTS, DATASET)
RANGES = {
    (entry.experiment, entry.metric): entry
    for entry in derive_ranges(CALIBRATED, EXPERIMENTS, DATASET)
}
SEEDS = range(100, 110)
CLEAN_ROWS = {name: trained(name, SEEDS) for name in NAMES}


IN_KERAS: dict[str, Engine] = dict.fromkeys(NAMES, "keras")
IN_NUMPY: dict[str, Engine] = dict.fromkeys(NAMES, "numpy")


def found(
    shift: float,
    fault: Fault = FAULT,
    ruling: Ruling | None = None,
    engines: Mapping[str, Engine] = IN_KERAS,
    **changes: object,
) -> FaultFound:
    """What notices a shift of experiment "a"."""
    broken = {"a": trained("a", SEEDS, shift, **changes)}
    rulings = {} if ruling is None else {ruling.engine: ruling}
    return detect(fault, broken, CLEAN_ROWS, rulings, RANGES, SAMPLES, engines)


def test_a_large_shift_is_noticed_in_every_seed() -> None:
    """By one run, by two looks and by all layers together; the metric is told."""
    one = found(12.0)
    assert one.single == one.looks == one.together == Share(10, 10)
    assert one.witness in CENTRES


def test_the_faithful_training_is_noticed_as_seldom_as_the_first_look_promises() -> None:
    """The control: here in no seed at all, and it is told from a fault by its sameness."""
    one = found(0.0, CLEAN)
    assert one.looks == Share(0, 10)
    assert one.single.noticed <= 10 * FIRST_ALPHA * len(CENTRES) * 3
    # no fault: a training that gives the same has no effect, and counts nowhere
    assert found(0.0).changed == ()
    assert found(0.0).together.of == 0


def test_a_seed_that_the_fault_leaves_as_it_was_counts_neither_way() -> None:
    """Here every other one; of a control all count."""
    rows = trained("a", SEEDS, 12.0) | trained("a", SEEDS[::2])
    one = detect(FAULT, {"a": rows}, CLEAN_ROWS, {}, RANGES, SAMPLES, IN_KERAS)
    assert one.looks.of == one.exact.of == one.together.of == len(SEEDS) // 2
    control = detect(CLEAN, {"a": rows}, CLEAN_ROWS, {}, RANGES, SAMPLES, IN_KERAS)
    assert control.looks.of == len(SEEDS)


def test_a_second_look_sees_what_one_run_does_not() -> None:
    """Four seeds' mean at three standard deviations, where one run is judged far stricter."""
    one = found(3.5)
    assert one.looks.noticed > one.single.noticed


def test_a_training_that_diverges_is_noticed() -> None:
    """Whatever its metrics."""
    one = found(0.0, status="diverged", metrics={})
    assert one.looks == Share(10, 10)
    assert one.witness == "training"


def test_a_contradiction_is_noticed() -> None:
    """Exactly, whatever the metrics: the recipe says how many steps there are."""
    one = found(0.5, observed=replace(SEEN, steps=99))
    assert one.exact == one.together == Share(10, 10)
    # and told apart from what the ranges see
    assert one.looks.noticed < 10
    assert one.witness != "training"


def test_a_broken_rule_notices_every_seed() -> None:
    """Conformance does not depend on the seed."""
    told = ("keras2/sgd", "W1[0, 0]", "0.1", "rate")
    ruling = Ruling(FAULT.name, "keras", "keras 3", "2026-01-01", *told)
    one = found(0.5, ruling=ruling)
    assert one.looks.noticed < 10
    assert one.conformance
    assert one.together == Share(10, 10)
    # Keras' rules say nothing of an experiment in NumPy, which has its own
    assert found(0.5, ruling=ruling, engines=IN_NUMPY).together == one.looks
    own = replace(ruling, engine="numpy")
    assert found(0.5, ruling=own, engines=IN_NUMPY).together == Share(10, 10)


def test_fresh_seeds_are_looked_at_only_where_check_would_train_them() -> None:
    """One seed that diverges is one seed, not all those whose second look it would be."""
    broken = {"a": trained("a", SEEDS, 0.1)}
    broken["a"][SEEDS[3]] = trained("a", SEEDS, 0.0, status="diverged", metrics={})[SEEDS[3]]
    one = detect(FAULT, broken, CLEAN_ROWS, {}, RANGES, SAMPLES, IN_KERAS)
    assert one.looks == Share(1, 10)


def test_the_drift_is_of_the_whole_suite_or_not_judged() -> None:
    """Without the other experiments it would be far stronger than what it stands for."""
    few = {name: CLEAN_ROWS[name] for name in NAMES[:2]}
    broken = {"a": trained("a", SEEDS, 9.0)}
    assert detect(FAULT, broken, few, {}, RANGES, SAMPLES, IN_KERAS).drift == {}
    assert detect(FAULT, {}, {}, {}, RANGES, SAMPLES, IN_KERAS).drift == {}


@pytest.mark.parametrize(("noticed", "told"), [(319, "99%"), (320, "100%"), (1, "1%"), (0, "0%")])
def test_a_share_is_not_rounded_to_all_or_nothing(noticed: int, told: str) -> None:
    """One alarm in hundreds of controls is not none."""
    assert percent(Share(noticed, 320)) == told


def test_a_common_shift_is_the_drifts() -> None:
    """Of all experiments, each too small for its own check."""
    broken = {name: trained(name, SEEDS, 2.5) for name in NAMES}
    one = detect(FAULT, broken, CLEAN_ROWS, {}, RANGES, SAMPLES, IN_KERAS)
    assert one.drifted.noticed == 10
    assert one.drifted.noticed > one.single.noticed / len(NAMES)


@pytest.mark.parametrize(
    ("noticed", "of", "low", "high"),
    [(10, 10, 0.7225, 1.0), (0, 10, 0.0, 0.2775), (8, 10, 0.4902, 0.9433)],
)
def test_wilsons_interval(noticed: int, of: int, low: float, high: float) -> None:
    """Against the published values of R's binom package."""
    assert Share(noticed, of).interval() == pytest.approx((low, high), abs=5e-5)


def test_rows_and_rulings_come_back_from_their_files(tmp_path: Path) -> None:
    """Appended one by one; a line that is none is named."""
    rows, rulings = tmp_path / "sub" / "rows.csv", tmp_path / "sub" / "rulings.csv"
    for row in trained("a", range(3)).values():
        append_row(rows, row)
    assert [key[0] for key in load_rows(rows)] == [FAULT.name] * 3
    assert [one.row.seed for one in load_rows(rows).values()] == [0, 1, 2]
    observed = Observed(steps=3, leaked=0.25, called_loss=1e-7, dropping=True, dropping_due=False)
    append_row(rows, trained("b", range(1), observed=observed)[0])
    assert list(load_rows(rows).values())[-1].observed == observed
    told = ("keras2/sgd", "loss", "0.001", "unknown")
    ruling = Ruling("l2-added", "keras", "keras 3", "2026-01-01", *told)
    append_ruling(rulings, ruling)
    assert load_rulings(rulings) == {("l2-added", "keras", "keras 3"): ruling}
    rulings.write_text(rulings.read_text().replace(",keras,", ",pytorch,"))
    with pytest.raises(ReferenceFileError, match="line 2: there is no engine 'pytorch'"):
        load_rulings(rulings)
    rows.write_text(rows.read_text() + "rate-times-10,a\n")
    with pytest.raises(ReferenceFileError, match="line 6"):
        load_rows(rows)


def sensitivity() -> Sensitivity:
    """A fault that is caught, one that is not, one without effect, and the control."""
    caught, missed = found(12.0), found(0.7, FAULTS["l2-added"])
    control = found(0.0, CLEAN)
    return Sensitivity("quick", "toy", (caught, missed, found(0.0, FAULTS["bias-frozen"]), control))


def test_the_summary_names_blind_spots_and_what_has_no_effect() -> None:
    """And counts neither the controls nor what changes nothing."""
    told = list(summary(sensitivity()))
    assert told[0] == "1 of 2 faults are noticed in at least 90% of seeds (50%)"
    assert any("0 of 10 checks failed" in line for line in told)
    assert any(line.startswith("blind spot: L2 of 1e-4 added, in a") for line in told)
    assert "no effect: biases never updated, in a: the training gives the same" in told


def test_the_table_has_a_line_a_fault(tmp_path: Path) -> None:
    """Text, Markdown and JSON alike; its file gives it back."""
    one = sensitivity()
    table = table_of(one)
    write_table(tmp_path / "table.csv", table)
    assert load_table(tmp_path / "table.csv") == table
    assert len(lines(table)) == 1 + len(one.found)
    assert lines(table)[1][7] == "100% (72% to 100%)"
    assert markdown(table).count("\n") == 2 + len(one.found)
    document = json.loads(json.dumps(to_json(one)))
    assert document["faults"][0]["two_looks"] == {
        "noticed": 10,
        "of": 10,
        "wilson_95": pytest.approx([0.7225, 1.0], abs=5e-5),
    }


def test_calibration_seeds_are_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """They are inside their ranges by the ranges' making."""
    monkeypatch.delenv("CI", raising=False)
    assert cli.run(["sensitivity", "--seeds", "1005..1014"]) == ExitCode.USAGE
    assert "1005, one of those that the ranges were made from" in capsys.readouterr().err


def test_nothing_measured_is_told_in_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a reference without rows."""
    call = ["sensitivity", "--table", "--reference", str(tmp_path)]
    assert cli.run(call) == ExitCode.NOTHING_SELECTED
    assert "no fault is measured on digits" in capsys.readouterr().err


def test_nothing_is_trained_under_ci(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A reference changes by a person's hand."""
    monkeypatch.setenv("CI", "true")
    assert cli.run(["sensitivity"]) == ExitCode.USAGE
    assert "--table" in capsys.readouterr().err

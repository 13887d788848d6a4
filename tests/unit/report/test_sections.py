"""The section of an experiment."""

from dataclasses import replace

from mnistreport.report.findings import by_experiment
from mnistreport.report.formats import difference
from mnistreport.report.hyperparameters import hyperparameters, layer_lines
from mnistreport.report.judged import judged_metrics
from mnistreport.report.sections import ExperimentSection, experiment_section
from tests.unit.report.fake_results import experiments, fake_results, toy_dataset


def sections(**changes: object) -> dict[str, ExperimentSection]:
    """The sections of the fake results by name."""
    results = fake_results(**changes)  # type: ignore[arg-type]
    found = by_experiment(results)
    return {i.experiment.name: experiment_section(i, results.dataset, False) for i in found}


def test_every_hyperparameter_is_shown() -> None:
    """All that goes into the recipe is in the settings or the layer table, nested or not."""
    for experiment in experiments():
        shown = dict(hyperparameters(experiment))
        assert shown["optimizer"] == experiment.optimizer.kind
        for name in experiment.optimizer.model_dump(exclude={"kind"}):
            assert f"optimizer {name.replace('_', ' ')}" in shown
        for name in ("batch size", "loss", "kernel initializer", "training images"):
            assert shown[name]


def test_layers_carry_their_arguments_and_norms() -> None:
    """A run's layer table is joined with the entry's arguments."""
    results = fake_results()
    item = next(i for i in by_experiment(results) if i.experiment.name == "mlp/model1")
    first, dropout, _ = layer_lines(item.experiment, item.shown)
    assert first.arguments == "units 128, activation relu"
    assert first.norm == "3.25"
    assert dropout.arguments == "rate 0.3"


def test_norms_of_weights_and_biases_stand_below_the_layers() -> None:
    """Of the run that is shown; a dash where it has none."""
    section = sections()["mlp/model1"]
    assert (section.weight_norm, section.bias_norm) == ("31.4", "\N{EN DASH}")
    assert sections()["mlp/model3"].weight_norm == "\N{EN DASH}"


def test_a_run_that_crashed_shows_its_reason_and_its_entry() -> None:
    """Without a model there are still the reason, the settings and the layers asked for."""
    crashed = sections()["mlp/model3"]
    assert crashed.troubles == ("error: its worker process ended by signal 9",)
    assert crashed.hyperparameters
    assert [layer.kind for layer in crashed.layers] == ["Dense", "Dropout", "Dense"]
    assert crashed.reading is None
    assert crashed.charts == ()


def test_a_run_that_diverged_shows_how_far_it_came() -> None:
    """The epochs before the loss was lost are drawn, and the lost ones are dashes."""
    diverged = sections()["small/nadam"]
    assert str(diverged.troubles[0]).startswith("diverged: ")
    assert diverged.values is not None
    assert diverged.values.rows == (("1", "2.3"), ("2", "\N{EN DASH}"))


def test_several_seeds_share_one_row() -> None:
    """A metric has one row whatever the number of seeds: mean, spread, all dots."""
    results = fake_results(seeds=range(3))
    found = {i.experiment.name: judged_metrics(i) for i in by_experiment(results)}
    accuracy, loss = found["wide/sgd"]
    assert str(accuracy.spread).endswith("3 seeds")
    assert loss.plot.count("<circle") == 3
    assert found["small/sgd"][0].mark.word == "fail"


def test_the_documents_own_seed_stands_for_all() -> None:
    """Of several seeds the one that the document used is drawn, else the first that finished."""
    results = fake_results(seeds=range(3), troubled=False)
    shown = {i.experiment.name: i.shown for i in by_experiment(results)}
    assert shown["numpy/sgd"] is not None
    assert shown["numpy/sgd"].seed == 1
    assert shown["wide/sgd"] is not None
    assert shown["wide/sgd"].seed == 0


def test_a_finished_seed_is_shown_before_a_failed_one() -> None:
    """One seed that crashed does not hide the others."""
    results = fake_results(experiments()[:1], seeds=range(2), troubled=False)
    first = replace(results.runs[0], status="error", reason="killed", metrics={}, history={})
    results = replace(results, runs=(first, results.runs[1]))
    (item,) = by_experiment(results)
    assert item.shown is results.runs[1]
    section = experiment_section(item, results.dataset, False)
    assert section.troubles == ("error: killed",)
    assert section.charts


def test_a_table_is_compared_with_its_own_last_row() -> None:
    """Where a document's figure is a table's last row, the difference is from ours, and told so."""
    results = fake_results(dataset=toy_dataset(name="mnist"), profile="published", troubled=False)
    rows = {i.experiment.name: judged_metrics(i)[0] for i in by_experiment(results)}
    run = next(run for run in results.runs if run.experiment == "numpy/sgd")
    last = run.history["test_accuracy"][-1]
    assert rows["numpy/sgd"].compared == f"of {100 * last:.2f}% in its table"
    assert rows["numpy/sgd"].difference == difference("test_accuracy", last - 0.9784)
    assert rows["wide/sgd"].compared == ""
    assert rows["wide/sgd"].difference.endswith(" pp")


def test_what_is_not_comparable_has_no_difference() -> None:
    """Of another profile the published figure is told, but not drawn and not subtracted."""
    results = fake_results(troubled=False)
    row = judged_metrics(by_experiment(results)[0])[0]
    assert row.published == "94.01%"
    assert row.difference == "\N{EN DASH}"
    assert "published" not in row.plot

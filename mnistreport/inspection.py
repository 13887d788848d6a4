"""What `list`, `show`, `env` and `data info` print. TensorFlow is not imported here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mnistreport.catalog import load_catalog
from mnistreport.documents import print_figures, published_figures
from mnistreport.environment import describe_environment
from mnistreport.errors import NothingSelected
from mnistreport.experiment import PROFILES, Experiment
from mnistreport.outputs.ledger import figures_values
from mnistreport.published import load_published
from mnistreport.reference import Range, load_ranges, reference_folder
from mnistreport.selection import choose
from mnistreport.tables import print_json, print_table
from mnistreport.terminal import Terminal


def list_experiments(globs: tuple[str, ...], catalogs: tuple[Path, ...], form: str) -> None:
    """Names, titles, optimizers and published accuracies of the catalog."""
    catalog = load_catalog(catalogs)
    chosen = [catalog[name] for name in choose(list(catalog), globs)]
    if form == "json":
        print_json([_summary(experiment) for experiment in chosen])
        return
    header = ["experiment", "doc", "optimizer", "published test accuracy", "title"]
    print_table([header, *(_line(experiment) for experiment in chosen)])


def _line(experiment: Experiment) -> list[str]:
    published = experiment.published
    text = _figure(published.test_accuracy)
    if published.test_accuracy is None and published.test_binary_accuracy is not None:
        text = f"{published.test_binary_accuracy:g} (binary)"
    return [
        experiment.name,
        experiment.document,
        experiment.optimizer.kind,
        text,
        experiment.title,
    ]


def _summary(experiment: Experiment) -> dict[str, Any]:
    return {
        "experiment": experiment.name,
        "document": experiment.document,
        "title": experiment.title,
        "engine": experiment.engine,
        "optimizer": experiment.optimizer.model_dump(by_alias=True),
        "published": experiment.published.figures(),
    }


def show(name: str, catalogs: tuple[Path, ...], reference: Path, store: Path, form: str) -> None:
    """One experiment: its entry, its published figures with their verdicts, its ranges.

    Raises:
        NothingSelected: the catalog has no such experiment.
    """
    catalog = load_catalog(catalogs)
    if name not in catalog:
        import difflib

        close = difflib.get_close_matches(name, catalog, n=3)
        hint = f"Did you mean {' or '.join(close)}?" if close else "`mnistreport list` shows them."
        raise NothingSelected(f"no experiment is named {name!r}", hint)
    experiment = catalog[name]
    curves = load_published(reference / "published").get(name, {})
    ranges = _ranges_of(name, reference)
    judged = published_figures([name], catalogs, reference, store, Terminal())
    if form == "json":
        print_json(
            {
                **experiment.model_dump(mode="json", by_alias=True, exclude_none=True),
                "published_history": curves,
                "published_figures": [figures_values(item) for item in judged],
                "ranges": [
                    {"profile": profile, "dataset": dataset, **vars(entry)}
                    for profile, dataset, entry in ranges
                ],
            }
        )
        return
    _print_entry(experiment)
    _print_published(experiment, curves)
    print("\npublished figures, judged by our seeds")
    print_figures(judged)
    _print_ranges(ranges)


def _ranges_of(name: str, reference: Path) -> list[tuple[str, str, Range]]:
    found: list[tuple[str, str, Range]] = []
    for path in sorted((reference / "ranges").glob("*.csv")):
        profile, _, dataset = path.stem.partition("-")
        if profile in PROFILES:
            ranges = load_ranges(reference, profile, dataset)
            found += [(profile, dataset, e) for e in ranges.values() if e.experiment == name]
    return found


def _print_entry(experiment: Experiment) -> None:
    print(f"{experiment.name}: {experiment.title}")
    print(f"document {experiment.document}: {experiment.source}\n")
    told = {"name", "title", "document", "source", "layers", "published"}
    values = experiment.model_dump(mode="json", by_alias=True, exclude_none=True, exclude=told)
    print_table([[key, _compact(value)] for key, value in values.items() if value != ""])
    print("\nlayers")
    for layer in experiment.layers:
        print(f"  {_compact(layer.model_dump(mode='json', by_alias=True))}")


def _print_published(experiment: Experiment, curves: dict[str, list[float | None]]) -> None:
    print("\npublished finals")
    print_table([[name, f"{v:g}"] for name, v in experiment.published.figures().items()])
    if experiment.published.note:
        print(f"  {experiment.published.note}")
    if curves:
        print("\npublished history")
        unit = [] if "iteration" in curves else ["epoch"]
        length = max(len(curve) for curve in curves.values())
        rows = [[*unit, *curves]]
        for index in range(length):
            cells = [_figure(curve[index]) for curve in curves.values()]
            rows.append([*([str(index + 1)] if unit else []), *cells])
        print_table(rows)


def _print_ranges(ranges: Sequence[tuple[str, str, Range]]) -> None:
    print("\nranges")
    if not ranges:
        print("  none yet: `mnistreport calibrate` makes them")
        return
    header = ["profile", "dataset", "metric", "N", "mean", "SD", "low", "high"]
    rows = [
        [p, d, e.metric, str(e.n), *(f"{v:.6g}" for v in (e.mean, e.sd, e.low, e.high))]
        for p, d, e in ranges
    ]
    print_table([header, *rows])
    for method in sorted({entry.method for _, _, entry in ranges}):
        print(f"  {method}")


def show_environment(threads: int, form: str) -> None:
    """Versions, processor and the folders in use."""
    from mnistreport.keras_backend import chosen_backend
    from mnistreport.store import default_store

    values = {
        **describe_environment(threads, chosen_backend()),
        "store": str(default_store()),
        "reference": str(reference_folder()),
    }
    if form == "json":
        print_json(values)
    else:
        print_table([[key, value] for key, value in values.items()])


def show_dataset(name: str, data_dir: Path | None, form: str) -> None:
    """Where a dataset came from and how many images of each class it has."""
    from mnistreport.data import describe, load_dataset

    described = describe(load_dataset(name, data_dir, say=Terminal().say))
    if form == "json":
        print_json(described)
    else:
        print_table([[key, _compact(value)] for key, value in described.items()])


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def _compact(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_compact(item)}" for key, item in value.items())
    if isinstance(value, list):
        between = "; " if any(isinstance(item, dict) for item in value) else ", "
        return between.join(_compact(item) for item in value) or "none"
    return str(value)

"""What `figures` and `claims` print: the documents judged by our seeds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mnistreport.catalog import load_catalog
from mnistreport.claims import claims_path, demand, effect, in_short
from mnistreport.errors import NothingSelected
from mnistreport.fidelity import (
    CurveFigures,
    Fidelity,
    Figure,
    PublishedFigures,
    as_printed,
    in_plain_words,
)
from mnistreport.ledger import Reference, stored_own_seed
from mnistreport.outputs.ledger import claim_values, figures_values
from mnistreport.selection import choose
from mnistreport.store import Store
from mnistreport.tables import print_json, print_table
from mnistreport.terminal import Terminal

_FINALS = ("experiment", "metric", "published", "our mean", "95% interval", "N", "verdict", "")
_CURVES = ("experiment", "curve", "figures", "inside 95%", *Fidelity, "replay")


def show_figures(
    globs: tuple[str, ...],
    catalogs: tuple[Path, ...],
    reference: Path,
    store: Path,
    form: str,
    terminal: Terminal,
) -> None:
    """A verdict on every published figure: the finals one by one, then curves."""
    catalog = load_catalog(catalogs)
    names = choose(list(catalog), globs)
    found = published_figures(names, catalogs, reference, store, terminal)
    if form == "json":
        print_json([figures_values(item) for item in found])
        return
    print_figures(found)


def published_figures(
    names: list[str],
    catalogs: tuple[Path, ...],
    reference: Path,
    store: Path,
    terminal: Terminal,
) -> tuple[PublishedFigures, ...]:
    """The figures of these experiments, judged; replays where the store has the training."""
    own = stored_own_seed(Store(store, terminal.say), threads=1)
    return Reference.read(reference, load_catalog(catalogs)).figures(names, own)


def print_figures(found: Sequence[PublishedFigures]) -> None:
    """The finals, then a line for each curve."""
    print("finals")
    finals = [figure for item in found for figure in item.finals]
    print_table([_FINALS, *map(_final, finals)] if finals else [["none published"]])
    curves = [curve for item in found for curve in item.curves]
    if curves:
        print("\ncurves, epoch by epoch")
        print_table([_CURVES, *map(_curve, curves)])
    words = in_plain_words(finals)
    if words:
        print("\n" + "\n".join(map(str, words)))


def _final(figure: Figure) -> list[str]:
    return [
        figure.experiment,
        figure.metric,
        as_printed(figure.published, figure.rounding),
        "" if figure.mean is None else f"{figure.mean:.6g}",
        "" if figure.low is None else f"{figure.low:.6g} to {figure.high:.6g}",
        str(figure.seeds),
        figure.verdict,
        str(figure.reason),
    ]


def _curve(curve: CurveFigures) -> list[str]:
    share = curve.share_inside
    return [
        curve.experiment,
        curve.name,
        str(len(curve.figures)),
        "" if share is None else f"{share:.0%}",
        *(str(curve.count(verdict)) for verdict in Fidelity),
        str(curve.replays or ""),
    ]


# --- claims ------------------------------------------------------------------------------


def show_claims(
    catalogs: tuple[Path, ...],
    reference: Path,
    data_dir: Path | None,
    form: str,
    terminal: Terminal,
) -> None:
    """The ledger of claims, each with its finding and evidence.

    Raises:
        NothingSelected: the reference folder has no claims.
    """
    from mnistreport.data import load_dataset

    known = Reference.read(reference, load_catalog(catalogs))
    # gradients before training: MNIST's images where they lie about, else the embedded digits
    found = known.claims(load_dataset("auto", data_dir, offline=True, say=terminal.detail))
    if not found:
        raise NothingSelected(
            f"{claims_path(reference)} holds no claims", "Name another folder with --reference."
        )
    if form == "json":
        print_json([claim_values(judged) for judged in found])
        return
    print(f"{in_short(found)}\n")
    for judged in found:
        print(f"{judged.finding}: {judged.claim.name} (document {judged.claim.document})")
        print(f"  {judged.claim.claim}")
        for part in judged.parts:
            print(f"  - {demand(part.comparison, part.right)}")
            print(f"    {part.finding}: {effect(part)}")
        if judged.claim.note:
            print(f"  Note: {judged.claim.note}")
        print()

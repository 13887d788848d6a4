"""The suite's accounting: its arithmetic, the machine's peak, the time taken. Pure records."""

from __future__ import annotations

import errno
import json
import math
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mnistreport.atomic import write_text
from mnistreport.errors import ReferenceFileError
from mnistreport.sealed import seal, unseal

FORMAT = "mnistreport/bench/1"


@dataclass(frozen=True)
class Timing:
    """One way of training one experiment, timed on its first epochs (evaluations, for NumPy).

    Attributes:
        steady: seconds of an epoch, the first left out, which also traces and compiles.
        whole: seconds of the whole training, that beginning and its last evaluations included.
        abreast: how many such trainings the machine did at once meanwhile.
    """

    steady: float
    whole: float
    abreast: int

    @property
    def effective(self) -> float:
        """Seconds of the machine that one training takes."""
        return self.whole / self.abreast


@dataclass(frozen=True)
class Account:
    """One experiment: what it computes, in which precision, and how long it takes.

    `plain` is the document's own way: `Model.fit` at Keras' defaults, or the plain NumPy loop, one
    training at a time on all cores.
    """

    experiment: str
    precision: str
    flops: float
    ours: Timing
    plain: Timing | None

    @property
    def family(self) -> str:
        """The part of the name before the slash."""
        return self.experiment.partition("/")[0]


@dataclass(frozen=True)
class Row:
    """A line of the table: an experiment, a family or the suite. Seconds of the whole machine."""

    name: str
    flops: float
    limit: float
    ours: float
    plain: float | None

    @property
    def of_limit(self) -> float:
        """How many times the arithmetic limit ours takes."""
        return self.ours / self.limit if self.limit else math.inf

    @property
    def speedup(self) -> float | None:
        """How many times faster than plain ours is."""
        return None if self.plain is None else self.plain / self.ours


@dataclass(frozen=True)
class Bench:
    """One run of `mnistreport bench`.

    Attributes:
        profile: whose sizes were trained.
        dataset: its slug.
        workers: trainings at once, of one arithmetic thread each.
        epochs: how many of each training's epochs were timed, 0 for all of them.
        peak: precision -> library -> floating-point operations a second, of all cores together.
        start: seconds a worker takes to import the framework.
        wall: seconds the whole suite took in the pool, where it was trained whole; else None.
        memory: the largest resident set of a worker, in bytes.
        environment: versions and processor.
        created: ISO 8601, UTC, seconds.
    """

    profile: str
    dataset: str
    workers: int
    epochs: int
    peak: Mapping[str, Mapping[str, float]]
    start: float
    wall: float | None
    memory: int
    accounts: tuple[Account, ...]
    environment: Mapping[str, str]
    created: str

    def rows(self) -> list[Row]:
        """One line an experiment."""
        return [self._row(account.experiment, [account]) for account in self.accounts]

    def families(self) -> list[Row]:
        """One line a family, in the order of the experiments."""
        names = dict.fromkeys(account.family for account in self.accounts)
        return [self._row(name, [a for a in self.accounts if a.family == name]) for name in names]

    def suite(self) -> Row:
        """All together: the trainings packed on the workers, longest first, and their start."""
        row = self._row("suite", self.accounts)
        ours = self.wall if self.wall is not None else self.start + self._packed()
        plain = None if row.plain is None else row.plain + self.start
        return Row(row.name, row.flops, row.limit, ours, plain)

    def limit(self, account: Account) -> float:
        """Seconds that the arithmetic alone takes on all cores, at the best library's peak."""
        return account.flops / max(self.peak[account.precision].values())

    def _row(self, name: str, accounts: Sequence[Account]) -> Row:
        plain = [account.plain for account in accounts]
        timed = [timing.effective for timing in plain if timing is not None]
        return Row(
            name=name,
            flops=sum(account.flops for account in accounts),
            limit=sum(self.limit(account) for account in accounts),
            ours=sum(account.ours.effective for account in accounts),
            plain=sum(timed) if len(timed) == len(accounts) else None,
        )

    def _packed(self) -> float:
        free = [0.0] * self.workers
        for account in sorted(self.accounts, key=lambda a: a.flops, reverse=True):
            first = min(range(self.workers), key=lambda worker: free[worker])
            free[first] += account.ours.whole
        return max(free)

    def to_json(self) -> dict[str, Any]:
        """The record, and its totals for who reads it without us."""
        totals = [*self.families(), self.suite()]
        return {
            "format": FORMAT,
            **asdict(self),
            "totals": [
                {**asdict(row), "of_limit": row.of_limit, "speedup": row.speedup} for row in totals
            ],
        }


@dataclass(frozen=True)
class Change:
    """An experiment, family or the suite in two benches. Ratios, since machines are noisy."""

    name: str
    before: Row
    now: Row

    @property
    def ratio(self) -> float:
        """Our times over the limit, now by before: above 1 is slower."""
        return self.now.of_limit / self.before.of_limit


def compare(before: Bench, now: Bench) -> list[Change]:
    """What both have: experiments, families where they hold the same experiments, the suite."""
    changes = _pairs(before.rows(), now.rows())
    same = {a.experiment for a in before.accounts} == {a.experiment for a in now.accounts}
    if same:
        changes += _pairs(before.families(), now.families())
        changes += _pairs([before.suite()], [now.suite()])
    return changes


def _pairs(before: Sequence[Row], now: Sequence[Row]) -> list[Change]:
    old = {row.name: row for row in before}
    return [Change(row.name, old[row.name], row) for row in now if row.name in old]


def check_writable(path: Path) -> None:
    """Fail before minutes of timing.

    Raises:
        OSError: no file can be written there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    with tempfile.TemporaryFile(dir=path.parent):
        pass


def save(bench: Bench, path: Path) -> None:
    """Write a bench as JSON.

    Raises:
        OSError: the disk refuses.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps(seal(bench.to_json()), indent=1) + "\n")


def load(path: Path) -> Bench:
    """The bench that `save` wrote.

    Raises:
        ReferenceFileError: there is none, or it is not one.
    """
    try:
        body = unseal(path.read_bytes())
        if body.pop("format") != FORMAT:
            raise ValueError(f"its format is not {FORMAT}")
        del body["totals"]
        accounts = tuple(_account(record) for record in body.pop("accounts"))
        found = Bench(**body, accounts=accounts)
        # text where a number belongs fails here
        found.suite()
        math.fsum([found.memory, found.epochs, found.workers])
    except OSError as error:
        raise ReferenceFileError(f"bench {path} cannot be read: {error.strerror}") from None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ReferenceFileError(
            f"bench {path} is damaged: {error}", "`mnistreport bench --save` makes one anew."
        ) from None
    return found


def _account(record: dict[str, Any]) -> Account:
    ours, plain = record.pop("ours"), record.pop("plain")
    return Account(**record, ours=Timing(**ours), plain=None if plain is None else Timing(**plain))


def stored_path(store: Path, profile: str, dataset: str) -> Path:
    """Where the last bench of a profile on a dataset is kept."""
    return store / "bench" / f"{profile}-{dataset}.json"

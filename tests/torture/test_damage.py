"""Damage at random bytes of a store is noticed, told, and mended by training again."""

from __future__ import annotations

import random
from pathlib import Path

from mnistreport.errors import ExitCode
from tests.torture.builds import Site, whole_reports

ROUNDS = 3
SEEDS = "0..3"
#: Three experiments, four seeds.
RUNS = 12


def damaged(data: bytes, choice: random.Random) -> bytes:
    """The bytes of a file with one damage that changes them."""
    at = choice.randrange(len(data))
    extra = choice.randbytes(choice.randint(1, 40))
    return choice.choice(
        [
            data[:at] + bytes([data[at] ^ choice.randint(1, 255)]) + data[at + 1 :],
            data[:at] + bytes(len(data) - at) + b"\0",
            data[:at],
            data[:at] + extra + data[at:],
        ]
    )


def test_damage_at_random_bytes(tmp_path: Path, catalogs: Path, seed: int) -> None:
    """Half of all files, whatever they hold; the same runs come out, and what is whole stays."""
    site = Site.under(tmp_path / "site", catalogs)
    choice = random.Random(seed)
    try:
        before = site.prints("numpy", SEEDS)
        for number in range(ROUNDS):
            told = f"seed {seed}, round {number}"
            paths = sorted(path for path in site.store.rglob("*") if path.is_file())
            hit = set(choice.sample(paths, len(paths) // 2))
            for path in hit:
                path.write_bytes(damaged(path.read_bytes(), choice))
            lost = {path.stem for path in hit if "runs" in path.parts}
            kept = {p: text for p, text in site.records().items() if p.stem not in lost}
            shown = site.run("report", "numpy", "--seeds", SEEDS)
            if len(lost) < RUNS:
                assert shown.returncode == 0, (told, shown.stderr)
                assert f"{len(lost)} of {RUNS} runs are not in the store" in shown.stderr, told
            else:  # half of the files may well hold a part of every run
                assert shown.returncode == ExitCode.NOTHING_SELECTED, (told, shown.stderr)
            done = site.run("build", "numpy", "--seeds", SEEDS)
            assert done.returncode == 0, (told, done.stderr)
            for said in (shown.stderr, done.stderr):
                assert "Traceback" not in said, (told, said)
                assert said.count("is damaged; training") == len(lost), (told, said)
            assert kept.items() <= site.records().items(), told
            whole_reports(site.reports)
            assert site.prints("numpy", SEEDS) == before, told
    finally:
        site.clear()

"""The options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand


class ProfileChoice(StrEnum):
    """How much is trained."""

    QUICK = "quick"
    PUBLISHED = "published"


class FormatChoice(StrEnum):
    """How a command prints."""

    TEXT = "text"
    JSON = "json"


class TableFormatChoice(StrEnum):
    """How a table that a README may hold is printed."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


class ComparisonFormatChoice(StrEnum):
    """How a comparison is written."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"
    HTML = "html"


class FailOnChoice(StrEnum):
    """The least verdict that ends with exit code 1."""

    FAIL = "fail"
    WARN = "warn"
    NEVER = "never"


class LanguageChoice(StrEnum):
    """What a report shows first; its page holds all of them."""

    EN = "en"
    ZH = "zh"


PROFILE = ProfileChoice.QUICK
PUBLISHED = ProfileChoice.PUBLISHED
TEXT = FormatChoice.TEXT
TABLE_TEXT = TableFormatChoice.TEXT
COMPARISON_TEXT = ComparisonFormatChoice.TEXT
FAIL_ON = FailOnChoice.FAIL
ENGLISH = LanguageChoice.EN

Globs = Annotated[
    list[str] | None,
    typer.Argument(metavar="GLOB", help="Experiments, such as 'wide/*'. Default: all."),
]
ProfileName = Annotated[
    ProfileChoice,
    typer.Option("--profile", envvar="MNISTREPORT_PROFILE", help="How much to train."),
]
DatasetName = Annotated[
    str,
    typer.Option(
        "--dataset",
        envvar="MNISTREPORT_DATASET",
        help="auto, mnist, digits, or a folder with idx files or an npz.",
    ),
]
DataDir = Annotated[
    Path | None, typer.Option("--data-dir", help="A folder that holds MNIST's files.")
]
Catalogs = Annotated[
    list[Path] | None,
    typer.Option("--catalog", help="A TOML file with experiments of your own; may be repeated."),
]
Seed = Annotated[
    int | None, typer.Option("--seed", min=0, max=2**32 - 1, help="The seed of every training.")
]
Seeds = Annotated[str | None, typer.Option("--seeds", help="Several seeds: 0..9, or 0,2,5..7.")]
StoreDir = Annotated[
    Path | None,
    typer.Option("--store", envvar="MNISTREPORT_STORE", help="Where finished runs are kept."),
]
ReferenceDir = Annotated[
    Path | None,
    typer.Option(
        "--reference", envvar="MNISTREPORT_REFERENCE", help="Published figures and ranges."
    ),
]
Jobs = Annotated[
    int,
    typer.Option(
        "-j", "--jobs", min=0, envvar="MNISTREPORT_JOBS", help="Trainings at once; 0: the cores."
    ),
]
Scheduler = Annotated[
    str | None,
    typer.Option(
        "--scheduler",
        metavar="ADDRESS",
        envvar="MNISTREPORT_SCHEDULER",
        help="Train on the workers of this Dask scheduler instead: tcp://10.0.0.1:8786.",
    ),
]
Resources = Annotated[
    list[str] | None,
    typer.Option(
        "--resources",
        metavar="NAME=AMOUNT",
        envvar="MNISTREPORT_RESOURCES",
        help="What a training asks of a Dask worker, such as GPU=1; may be repeated.",
    ),
]
Threads = Annotated[
    int,
    typer.Option(
        "--threads",
        min=1,
        envvar="MNISTREPORT_THREADS",
        help="Arithmetic threads of one training. Convolutions depend on it in the last bits.",
    ),
]
Timeout = Annotated[
    float | None, typer.Option("--timeout", min=0.1, help="Seconds that one training may take.")
]
Conform = Annotated[
    bool,
    typer.Option(
        "--conformance/--no-conformance",
        envvar="MNISTREPORT_CONFORMANCE",
        help="Compare Keras' rules with NumPy's, once for each version of them.",
    ),
]
TensorBoard = Annotated[
    Path | None,
    typer.Option(
        "--tensorboard",
        metavar="DIR",
        envvar="MNISTREPORT_TENSORBOARD",
        help="Write each training's scalars by epoch and by batch, for TensorBoard.",
    ),
]
Retrain = Annotated[bool, typer.Option("--retrain", help="Train again what is in the store.")]
SecondLook = Annotated[
    bool,
    typer.Option(
        "--second-look/--no-second-look",
        help="Let four fresh seeds decide where an experiment is outside its range.",
    ),
]
Replicas = Annotated[
    int | None,
    typer.Option(
        "--replicas",
        min=0,
        metavar="[N]",
        help="With KERAS_BACKEND=jax: train N missing seeds of a Keras experiment in one program. "
        "Without N: all of them on a GPU, 8 on the CPU.",
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        envvar="MNISTREPORT_OUTPUT",
        help="Folder of the report. Default: reports/<profile>-<dataset>.",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be trained, and stop.")]
FailOn = Annotated[
    FailOnChoice,
    typer.Option("--fail-on", envvar="MNISTREPORT_FAIL_ON", help="What ends with exit code 1."),
]
StrictPublished = Annotated[
    bool,
    typer.Option(
        "--strict-published",
        help="Exit with 1 where our seeds do not give a published final figure.",
    ),
]
Format = Annotated[FormatChoice, typer.Option("--format", help="Text for people, or JSON.")]
TableFormat = Annotated[
    TableFormatChoice, typer.Option("--format", help="Text for people, Markdown, or JSON.")
]
Language = Annotated[
    LanguageChoice,
    typer.Option(
        "--lang", envvar="MNISTREPORT_LANG", help="The language a report shows first; it has both."
    ),
]
Baseline = Annotated[
    Path | None,
    typer.Option(
        "--baseline",
        metavar="BUILD",
        envvar="MNISTREPORT_BASELINE",
        help="An earlier build, its folder or results.json: the report says what changed since.",
    ),
]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Only warnings and the verdict.")]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="More about what is done.")]


class OptionalCount(TyperCommand):
    """A command whose --replicas may stand without its number, which is then 0."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the 0 where it is missing: no experiment's name is a number."""
        for at, word in enumerate(args):
            following = args[at + 1 : at + 2]
            if word == "--replicas" and not (following and following[0].lstrip("-").isdecimal()):
                args = [*args[: at + 1], "0", *args[at + 1 :]]
                break
        return super().parse_args(ctx, args)

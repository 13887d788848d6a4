"""The frozen result of one training, to JSON and back."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from mnistreport.messages import Message, Phrase, Stored
from mnistreport.observed import Observed

Status = Literal["ok", "diverged", "error"]

#: Metrics of a finished run, in the order they are shown. Losses are natural-log cross-entropies.
METRICS: dict[str, str] = {
    "test_accuracy": "accuracy on the test images, dropout off",
    "train_accuracy": "accuracy on the training images after training, dropout off",
    "test_binary_accuracy": "share of the 10 outputs right at a threshold of .5 (document C)",
    "train_binary_accuracy": "the same on the training images",
    "test_loss": "loss on the test images, dropout off",
    "train_loss": "loss on the training images after training, dropout off",
    "first_epoch_loss": "training loss of the first epoch, as the framework reports it",
    "final_loss": "training loss of the last epoch, as the framework reports it",
    "weight_norm": "Euclidean norm of all kernels together",
    "bias_norm": "Euclidean norm of all biases together",
    "worst_class_accuracy": "share of right answers on the test images of the hardest class",
}

#: Those that decide a check. More than accuracy: most faults move these further.
GATED = frozenset({"test_accuracy", "test_loss", "first_epoch_loss", "final_loss", "weight_norm"})


@dataclass(frozen=True)
class LayerRow:
    """One row of the layer table; `output_shape` leaves out the batch."""

    name: str
    kind: str
    output_shape: tuple[int, ...]
    parameters: int


@dataclass(frozen=True)
class Run:
    """What one training gave.

    `history` maps Keras' names (loss, accuracy, val_loss, val_accuracy) to one value an epoch; for
    the NumPy engine iteration, train_accuracy, test_accuracy, train_loss, test_loss to one value
    an evaluation. Accuracies are fractions, `seconds` wall-clock. The class probabilities of the
    test images (n_test, 10) float32 are kept beside the record, in the store.
    """

    experiment: str
    profile: str
    dataset: str
    dataset_sha256: str
    recipe: str
    seed: int
    status: Status
    reason: str = ""
    metrics: dict[str, float] = field(default_factory=dict)
    history: dict[str, list[float]] = field(default_factory=dict)
    layers: tuple[LayerRow, ...] = ()
    weight_norms: dict[str, float] = field(default_factory=dict)
    parameters: int = 0
    probabilities_sha256: str = ""
    seconds: float = 0.0
    epoch_seconds: list[float] = field(default_factory=list)
    observed: Observed = field(default_factory=Observed)
    finished: str = ""
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def ending(self) -> Message:
        """How it ended, and why so where it did not end well."""
        status = Phrase(self.status)
        if not self.reason:
            return status
        return Message("{status}: {reason}", status=status, reason=Stored(self.reason))

    @property
    def contradictions(self) -> tuple[Message, ...]:
        """Where it was not what its recipe says; nothing of one that did not end well."""
        if self.status != "ok":
            return ()
        return tuple(self.observed.contradictions(self.metrics.get("test_loss", math.nan)))

    @property
    def fingerprint(self) -> str:
        """16 hex digits of all that was measured, the times left out: equal bits, equal print."""
        measured = {
            "experiment": self.experiment,
            "seed": self.seed,
            "recipe": self.recipe,
            "dataset": self.dataset_sha256,
            "status": self.status,
            "metrics": _exact(self.metrics),
            "history": _exact(self.history),
            "weight_norms": _exact(self.weight_norms),
            "probabilities": self.probabilities_sha256,
        }
        return hashlib.sha256(json.dumps(measured, sort_keys=True).encode()).hexdigest()[:16]

    def to_json(self) -> dict[str, Any]:
        """The record as strict JSON values; NaN and infinity become null."""
        return {**_finite(asdict(self)), "fingerprint": self.fingerprint}

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Run:
        """The record that `to_json` wrote.

        Raises:
            ValueError, TypeError, KeyError: the record is not one, or its fingerprint differs.
        """
        values = {key: value for key, value in record.items() if key != "fingerprint"}
        values["layers"] = tuple(
            LayerRow(**{**row, "output_shape": tuple(row["output_shape"])})
            for row in values["layers"]
        )
        values["observed"] = Observed(**values["observed"])
        for name in ("metrics", "weight_norms"):
            values[name] = {key: _number(value) for key, value in values[name].items()}
        values["history"] = {
            key: [_number(value) for value in curve] for key, curve in values["history"].items()
        }
        run = cls(**values)
        if run.fingerprint != record["fingerprint"]:
            raise ValueError("the fingerprint does not fit the record")
        return run


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def _exact(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _exact(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_exact(item) for item in value]
    # infinities are stored as null, so they must print like NaN
    return float(value).hex() if math.isfinite(value) else "nan"


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value

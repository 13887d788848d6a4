"""What every record of an experiment is, and the kinds of numbers it holds."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

#: How many of something; no training has a thousand million of anything.
Count = Annotated[int, Field(gt=0, le=10**9)]
#: Gradient averaging rates lie in [0, 1).
Decay = Annotated[float, Field(ge=0, lt=1)]
Activation = Literal["linear", "relu", "sigmoid", "softmax", "tanh", "elu", "selu", "gelu"]


class Record(BaseModel):
    """A frozen record that refuses unknown fields, strings for numbers, and NaN."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, populate_by_name=True
    )

"""One `check` that all regression tests on digits look at."""

from __future__ import annotations

from typing import Any

import pytest

from tests.regression.checks import checked


@pytest.fixture(scope="session")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The quick profile of all experiments on digits."""
    return checked(tmp_path_factory.mktemp("check"), "--profile", "quick", "--dataset", "digits")

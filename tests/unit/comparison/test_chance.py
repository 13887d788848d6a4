"""The paired test, against scipy's and by hand."""

from __future__ import annotations

import pytest
from scipy.stats import binomtest

from mnistreport.comparison.chance import paired, sign_test


@pytest.mark.parametrize(("gained", "lost"), [(0, 0), (0, 1), (3, 3), (0, 9), (5, 17), (151, 44)])
def test_mcnemar_is_the_exact_binomial(gained: int, lost: int) -> None:
    """As scipy.stats has it; without a discordant pair nothing was seen."""
    expected = binomtest(gained, gained + lost, 0.5).pvalue if gained + lost else 1.0
    assert sign_test(gained, lost) == pytest.approx(expected, rel=1e-9)


def test_gained_and_lost_are_of_the_build_after() -> None:
    """An image misread before alone is gained; one misread as another digit is neither."""
    found = paired([{1: 7, 2: 0, 3: 5}], [{2: 8, 4: 1}])
    assert (found.gained, found.lost) == (2, 1)


def test_an_image_counts_once_over_seeds() -> None:
    """Ten seeds that lose the same image are one image, and what evens out is none."""
    found = paired([{}, {5: 1}, *[{}] * 8], [{9: 0}, {9: 0}, *[{9: 0}] * 7, {9: 0, 5: 1}])
    assert (found.gained, found.lost) == (0, 1)

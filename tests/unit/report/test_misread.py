"""The digits that a model misread, and their outputs."""

import base64
import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from mnistreport.report.misread import FIRST_ERRORS, MOST_ERRORS, NEAREST, Misread, misread

LABELS = np.array([0, 1, 1, 4, 4, 4], dtype=np.uint8)
READ = [0, 1, 7, 4, 9, 9]
SURE = [0.9, 0.8, 0.6, 0.7, 0.5, 0.97]


def shares() -> NDArray[np.float32]:
    """Probabilities that read LABELS as READ, as sure as SURE; image 4 was nearly read right."""
    found = np.full((6, 10), 0.001, dtype=np.float32)
    found[np.arange(6), READ] = SURE
    found[4, 4] = 0.45
    return found


def images() -> NDArray[np.uint8]:
    """Six images, each of one shade."""
    return np.repeat(np.arange(6, dtype=np.uint8) * 40, 784).reshape(6, 28, 28)


def blank(labels: NDArray[np.uint8], probabilities: NDArray[np.float32]) -> Misread:
    """What was misread of images that show nothing."""
    found = misread(np.zeros((len(labels), 28, 28), dtype=np.uint8), labels, probabilities)
    assert found is not None
    return found


def test_errors_are_shown_most_confident_first() -> None:
    """The misread digits alone, by the probability of the wrong answer."""
    found = blank(LABELS, shares())
    assert [error.image for error in found.confident] == [5, 2, 4]
    assert found.confident[0].caption == "true 4, read as 9"
    assert found.confident[0].shares == "97%"
    assert found.shown == 3


def test_near_misses_had_the_right_digit_almost_as_probable() -> None:
    """The nearest first, both shares told; a right digit that had no chance is no near miss."""
    probabilities = shares()
    probabilities[2, 1] = 0.07
    found = blank(LABELS, probabilities)
    assert [error.image for error in found.near] == [4, 2]
    assert [error.shares for error in found.near] == ["50% : 45%", "60% : 7%"]
    assert blank(LABELS[[0, 5]], probabilities[[0, 5]]).near == ()


def test_the_outputs_of_the_first_are_there() -> None:
    """Those that are shown before a reader chooses are the first error's."""
    first = blank(LABELS, shares()).first
    assert (first.true, first.read) == (4, 9)
    assert first.rows[9].share == "97.0%"


def test_both_galleries_share_one_image() -> None:
    """It has each digit once, in 16 greys, and a near miss points to its own."""
    found = misread(images(), LABELS, shares())
    assert found is not None
    head, _, data = found.sprite.partition(",")
    assert head == "data:image/webp;base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as picture:
        assert picture.size == (3 * 28, 28)
        assert [picture.getpixel((28 * i + 5, 5)) for i in range(3)] == [
            (204,) * 3,
            (85,) * 3,
            (153,) * 3,
        ]
    assert [error.place for error in found.near] == [2]


def test_a_perfect_reading_has_no_gallery() -> None:
    """Where nothing was misread there is nothing to show."""
    assert misread(images(), np.array(READ, dtype=np.uint8), shares()) is None


@pytest.mark.parametrize("count", [1, MOST_ERRORS, MOST_ERRORS + 30])
def test_a_gallery_is_cut(count: int) -> None:
    """However many digits were misread, the gallery has at most its number."""
    wrong = np.tile(np.eye(10, dtype=np.float32)[1], (count, 1))
    found = blank(np.zeros(count, dtype=np.uint8), wrong)
    assert len(found.confident) == min(count, MOST_ERRORS)


def test_each_cell_of_the_confusion_matrix_has_a_digit() -> None:
    """Though the most confident errors are all of one kind: the others are kept on demand."""
    labels = np.array([0] * 30 + list(range(2, 10)), dtype=np.uint8)
    probabilities = np.full((38, 10), 0.01, dtype=np.float32)
    probabilities[:30, 1] = 0.9
    probabilities[30:, 1] = 0.5
    confident = blank(labels, probabilities).confident
    assert [error.cell for error in confident if not error.more] == ["01"] * FIRST_ERRORS
    rest = [error.cell for error in confident if error.more]
    assert rest == [f"{digit}1" for digit in range(2, 10)] + ["01"] * 6


def test_the_nearest_misses_keep_their_place_in_the_image() -> None:
    """Though more confident errors would fill it."""
    count = MOST_ERRORS + 20
    probabilities = np.full((count, 10), 0.001, dtype=np.float32)
    probabilities[:, 1] = np.linspace(0.95, 0.5, count)
    probabilities[-NEAREST - 3 :, 0] = 0.4
    found = blank(np.zeros(count, dtype=np.uint8), probabilities)
    assert len(found.near) == NEAREST
    assert len(found.confident) == MOST_ERRORS
    assert max(error.place for error in found.near) < MOST_ERRORS
    assert next(error.image for error in found.near) == count - 1

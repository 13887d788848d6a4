"""What the page says of the test images: confusion matrix, class figures, misread digits."""

import base64
import io

import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from mnistreport.report.classes import confusion_and_scores, reading
from mnistreport.report.galleries import (
    FIRST_ERRORS,
    MOST_ERRORS,
    error_gallery,
    sample_gallery,
    sprite,
)

LABELS = np.array([0, 1, 1, 4, 4, 4], dtype=np.uint8)
READ = [0, 1, 7, 4, 9, 9]
SURE = [0.9, 0.8, 0.6, 0.7, 0.5, 0.97]


def shares() -> np.ndarray:
    """Probabilities that read LABELS as READ, as sure as SURE."""
    found = np.full((6, 10), 0.001, dtype=np.float32)
    found[np.arange(6), READ] = SURE
    return found


def images() -> np.ndarray:
    """Six images, each of one shade."""
    return np.repeat(np.arange(6, dtype=np.uint8) * 40, 784).reshape(6, 28, 28)


def test_the_confusion_matrix_counts_true_by_read() -> None:
    """Rows are true digits, columns what was read, and the counts are all images."""
    found = reading(LABELS, shares())
    counts = [[cell.count for cell in row] for row in found.confusion]
    assert counts[4][9] == 2
    assert counts[1] == [0, 1, 0, 0, 0, 0, 0, 1, 0, 0]
    assert sum(map(sum, counts)) == found.images == 6
    assert found.wrong == 3
    assert found.confusion[4][9].kind == "miss"
    assert found.confusion[4][9].shade == 100
    assert found.confusion[0][0].kind == "hit"


def test_figures_are_scikit_learns() -> None:
    """Confusion matrix, precision, recall and F1, also of a digit that is not there."""
    random = np.random.default_rng(0)
    labels, read = random.integers(0, 9, 500), random.integers(1, 10, 500)
    matrix, scores = confusion_and_scores(labels, read)
    assert np.array_equal(matrix, confusion_matrix(labels, read, labels=range(10)))
    expected = precision_recall_fscore_support(labels, read, labels=range(10), zero_division=0)
    assert np.allclose(scores, expected[:3], rtol=1e-12)


def test_precision_recall_and_f1_follow_their_definitions() -> None:
    """Digit 4: one of three found, nothing else called 4; a digit never seen has zeros."""
    found = reading(LABELS, shares()).classes
    assert (found[4].precision, found[4].recall, found[4].f1) == ("100.0%", "33.3%", "50.0%")
    assert found[4].support == 3
    assert (found[8].precision, found[8].recall, found[8].support) == ("0.0%", "0.0%", 0)


def test_errors_are_shown_most_confident_first() -> None:
    """The gallery has the misread digits alone, by the probability of the wrong answer."""
    gallery = error_gallery(images(), LABELS, shares())
    assert gallery is not None
    assert [digit.name for digit in gallery.digits] == [
        "test image 5",
        "test image 2",
        "test image 4",
    ]
    assert gallery.digits[0].caption == "true 4, read as 9"
    assert gallery.digits[0].detail == "97%"


def test_the_sprite_holds_the_very_pixels() -> None:
    """The PNG of a gallery is greyscale and has its images side by side in that order."""
    gallery = error_gallery(images(), LABELS, shares())
    assert gallery is not None
    head, _, data = gallery.sprite.partition(",")
    assert head == "data:image/png;base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as picture:
        assert picture.mode == "L"
        assert picture.size == (3 * 28, 28)
        assert [picture.getpixel((28 * i + 5, 5)) for i in range(3)] == [200, 80, 160]


def test_a_perfect_reading_has_no_gallery() -> None:
    """Where nothing was misread there is nothing to show."""
    assert error_gallery(images(), np.array(READ, dtype=np.uint8), shares()) is None


@pytest.mark.parametrize("count", [1, MOST_ERRORS, MOST_ERRORS + 30])
def test_a_gallery_is_cut(count: int) -> None:
    """However many digits were misread, the gallery has at most its number."""
    blank = np.zeros((count, 28, 28), dtype=np.uint8)
    wrong = np.tile(np.eye(10, dtype=np.float32)[1], (count, 1))
    gallery = error_gallery(blank, np.zeros(count, dtype=np.uint8), wrong)
    assert gallery is not None
    assert len(gallery.digits) == min(count, MOST_ERRORS)


def test_samples_carry_their_labels() -> None:
    """The picture of the dataset shows its first digits with their labels."""
    gallery = sample_gallery(images(), LABELS)
    assert [digit.caption for digit in gallery.digits] == ["0", "1", "1", "4", "4", "4"]
    assert sprite(images()) == gallery.sprite


def test_each_cell_of_the_confusion_matrix_has_a_digit() -> None:
    """Though the most confident errors are all of one kind: the others are kept on demand."""
    labels = np.array([0] * 30 + list(range(2, 10)), dtype=np.uint8)
    shares = np.full((38, 10), 0.01, dtype=np.float32)
    shares[:30, 1] = 0.9
    shares[30:, 1] = 0.5
    gallery = error_gallery(np.zeros((38, 28, 28), dtype=np.uint8), labels, shares)
    assert gallery is not None
    shown = [digit.cell for digit in gallery.digits if not digit.more]
    assert shown == ["01"] * FIRST_ERRORS
    rest = [digit.cell for digit in gallery.digits if digit.more]
    assert rest == [f"{digit}1" for digit in range(2, 10)] + ["01"] * 6

"""What the page says of the test images: confusion matrix and the figures of each class."""

import numpy as np
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from mnistreport.report.classes import confusion_and_scores, reading
from mnistreport.report.galleries import sample_gallery, sprite

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


def test_the_hardest_digit_is_the_one_least_often_read_right() -> None:
    """Among those that are there; none where all were read right."""
    hardest = reading(LABELS, shares()).hardest
    assert hardest is not None
    assert (hardest.digit, hardest.recall) == (4, "33.3%")
    assert reading(np.array(READ, dtype=np.uint8), shares()).hardest is None


def test_samples_carry_their_labels() -> None:
    """The picture of the dataset shows its first digits with their labels."""
    gallery = sample_gallery(images(), LABELS)
    assert [digit.caption for digit in gallery.digits] == ["0", "1", "1", "4", "4", "4"]
    assert sprite(images()) == gallery.sprite

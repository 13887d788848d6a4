"""Every fault, and the experiments it is planted into."""

from __future__ import annotations

from collections.abc import Sequence

from mnistreport.faults import recipes, settings
from mnistreport.faults.fault import Fault
from mnistreport.globs import choose_names

_RAW = 1.0
_SCALED_TWICE = 255.0 * 255.0
#: Fast trainings of every kind: dropout, plain, with logits, in NumPy.
_FEW = ("small/adam", "mlp/model1", "numpy/sgd")
_DROPOUT = ("small/adam", "depth/relu5-dropout", "mlp/model7")

_ALL = (
    # -- what somebody who follows a document gets wrong
    Fault(
        "keras-3-defaults",
        "optimizer by name: Keras 3's defaults (issue 13815)",
        "reader",
        ("small/rmsprop", "small/adagrad", "small/adadelta", "small/adamax", "small/nadam"),
        step="keras_3_defaults",
    ),
    Fault(
        "optimizer-swapped",
        "another optimizer",
        "reader",
        ("small/adam", "small/sgd", "mlp/model1", "numpy/sgd", "numpy/adam"),
        recipe=recipes.swap_optimizer,
    ),
    Fault(
        "rate-times-10",
        "learning rate times 10",
        "reader",
        ("small/sgd", *_FEW),
        recipe=recipes.rate_times(10),
    ),
    Fault(
        "rate-over-10",
        "learning rate over 10",
        "reader",
        ("small/sgd", *_FEW),
        recipe=recipes.rate_times(0.1),
    ),
    Fault(
        "pixels-raw", "pixels not scaled", "reader", _FEW, setting=settings.pixels_divided_by(_RAW)
    ),
    Fault(
        "pixels-scaled-twice",
        "pixels scaled twice",
        "reader",
        _FEW,
        setting=settings.pixels_divided_by(_SCALED_TWICE),
    ),
    Fault(
        "no-output-activation",
        "output activation left out",
        "reader",
        ("small/adam", "depth/relu5", "wide/adam"),
        recipe=recipes.without_output_activation,
    ),
    Fault(
        "softmax-twice",
        "softmax applied twice",
        "reader",
        ("small/adam", "mlp/model1", "cnn/model8"),
        step="softmax_twice",
    ),
    Fault(
        "relu-to-sigmoid",
        "sigmoid in place of ReLU",
        "reader",
        _FEW,
        recipe=recipes.hidden_activation("sigmoid"),
        step="sigmoid_hidden",
    ),
    Fault(
        "relu-to-tanh",
        "tanh in place of ReLU",
        "reader",
        _FEW,
        recipe=recipes.hidden_activation("tanh"),
        step="tanh_hidden",
    ),
    Fault(
        "dropout-left-out",
        "dropout inactive in training",
        "reader",
        _DROPOUT,
        recipe=recipes.without_dropout,
    ),
    Fault(
        "dropout-in-testing",
        "dropout active in testing",
        "reader",
        _DROPOUT,
        step="dropout_always",
    ),
    Fault(
        "half-the-data",
        "half of the training images",
        "reader",
        _FEW,
        setting=settings.share_of_the_data(0.5),
    ),
    Fault(
        "31-percent-lost",
        "31% of the training images lost",
        "reader",
        _FEW,
        setting=settings.share_of_the_data(0.69),
    ),
    Fault("batch-times-8", "batch size times 8", "reader", _FEW, setting=settings.batch_times(8)),
    Fault("batch-times-4", "batch size times 4", "reader", _FEW, setting=settings.batch_times(4)),
    Fault("one-epoch-fewer", "one epoch fewer", "reader", _FEW, setting=settings.one_epoch_fewer),
    Fault(
        "test-labels-shifted",
        "labels of the test set shifted by one",
        "reader",
        _FEW,
        setting=settings.test_labels_shifted,
    ),
    Fault(
        "test-in-training",
        "test images among the training images",
        "reader",
        _FEW,
        setting=settings.test_among_training,
    ),
    Fault(
        "label-noise-10",
        "10% of the labels wrong",
        "reader",
        _FEW,
        setting=settings.label_noise(0.1),
    ),
    Fault(
        "label-noise-1",
        "1% of the labels wrong",
        "reader",
        _FEW,
        setting=settings.label_noise(0.01),
    ),
    Fault(
        "class-thinned",
        "nine tenths of the eights lost",
        "reader",
        _FEW,
        setting=settings.class_thinned(8, 0.1),
    ),
    Fault("not-shuffled", "images not shuffled", "framework", _FEW, step="not_shuffled"),
    Fault(
        "last-weights-kept",
        "early stopping that keeps the last weights",
        "reader",
        ("mlp/model2", "mlp/model7"),
        setting=settings.last_weights_kept,
    ),
    # -- what a framework or a library beneath may come to do
    Fault(
        "rate-times-1.1",
        "learning rate times 1.1",
        "framework",
        ("small/sgd", *_FEW),
        recipe=recipes.rate_times(1.1),
    ),
    Fault(
        "zero-weights",
        "first weights zero",
        "framework",
        ("small/adam", "mlp/model1"),
        recipe=recipes.initializer("Zeros"),
    ),
    Fault(
        "zero-weights-numpy",
        "first weights zero (NumPy)",
        "framework",
        ("numpy/sgd", "numpy/adam"),
        recipe=recipes.first_weights_times(0.0),
    ),
    Fault(
        "he-for-glorot",
        "He's first weights for Glorot's",
        "framework",
        ("small/adam", "mlp/model1", "depth/relu5"),
        recipe=recipes.initializer("HeNormal"),
    ),
    Fault(
        "gradients-accumulated",
        "gradients accumulated, never reset",
        "framework",
        _FEW,
        step="gradients_accumulated",
    ),
    Fault(
        "adam-uncorrected",
        "Adam without bias correction",
        "framework",
        ("small/adam", "mlp/model1", "numpy/adam"),
        step="adam_uncorrected",
    ),
    Fault(
        "beta-2-0.99",
        "Adam's beta 2 at .99",
        "framework",
        ("small/adam", "mlp/model1", "numpy/adam"),
        recipe=recipes.optimizer_with(beta_2=0.99),
    ),
    Fault(
        "epsilon-inside-adam",
        "Adam's epsilon inside the root",
        "framework",
        ("small/adam", "mlp/model1"),
        step="epsilon_inside",
    ),
    Fault(
        "epsilon-inside",
        "RMSprop's and Adagrad's epsilon inside the root",
        "framework",
        ("small/rmsprop", "small/adagrad"),
        recipe=recipes.epsilon_inside_root,
    ),
    Fault(
        "epsilon-inside-numpy",
        "RMSprop's epsilon inside the root (NumPy)",
        "framework",
        ("numpy/rmsprop",),
        step="epsilon_inside",
    ),
    Fault(
        "accumulator-0.1",
        "Adagrad's accumulator starts at .1",
        "framework",
        ("small/adagrad", "wide/adagrad"),
        recipe=recipes.accumulator_from_a_tenth,
    ),
    Fault(
        "no-look-ahead",
        "Nesterov without its look-ahead (NumPy)",
        "framework",
        ("numpy/nesterov",),
        recipe=recipes.without_look_ahead,
    ),
    Fault(
        "dropout-0.05-less",
        "dropout rates lower by .05 (.25 to .2)",
        "framework",
        _DROPOUT,
        recipe=recipes.dropout_less(0.05),
    ),
    Fault(
        "measured-with-dropout",
        "metrics computed with dropout on",
        "framework",
        _DROPOUT,
        step="measured_with_dropout",
    ),
    Fault(
        "last-batch-dropped",
        "last batch of an epoch dropped",
        "framework",
        ("small/adam", "mlp/model1", "depth/relu5"),
        step="last_batch_dropped",
    ),
    Fault("bias-frozen", "biases never updated", "framework", _FEW, step="bias_frozen"),
    Fault("l2-added", "L2 of 1e-4 added", "framework", _FEW, step="l2_added"),
    Fault(
        "float16",
        "arithmetic in float16",
        "framework",
        ("small/adam", "mlp/model1"),
        step="float16",
    ),
    Fault(
        "best-weights-always",
        "early stopping restores the best weights always (Keras 3)",
        "framework",
        ("mlp/model2", "mlp/model7"),
        setting=settings.best_weights_always,
    ),
    # -- what must not be noticed
    Fault("another-seed", "another seed", "control", ()),
    Fault(
        "one-layer-normal",
        "Glorot normal for uniform in one layer",
        "control",
        ("small/adam", "mlp/model1", "depth/relu5"),
        step="one_layer_normal",
    ),
    Fault(
        "adadelta-rate-inside",
        "Adadelta's rate of 1 inside its accumulator",
        "control",
        ("small/adadelta", "wide/adadelta"),
        step="adadelta_rate_inside",
    ),
    Fault(
        "clipped-far-above",
        "gradients clipped above their largest norm",
        "control",
        ("small/adam", "mlp/model1"),
        step="clipped_far_above",
    ),
)

#: By name, in the order they are shown in.
FAULTS: dict[str, Fault] = {fault.name: fault for fault in _ALL}
#: The control that plants nothing, into every experiment.
CLEAN = FAULTS["another-seed"]


def fault_of(key: str) -> Fault:
    """The fault that a key names.

    Raises:
        KeyError: there is none, or it has changed since.
    """
    fault = FAULTS[key.partition("@")[0]]
    if fault.key != key:
        raise KeyError(key)
    return fault


def choose_faults(globs: Sequence[str]) -> list[Fault]:
    """The faults whose names match any of the globs, in their order; all where there are none.

    Raises:
        NothingSelected: a glob matches nothing.
    """
    return [FAULTS[name] for name in choose_names(FAULTS, globs, "fault")]

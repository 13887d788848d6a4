"""How much arithmetic an experiment takes, from its layers alone."""

from __future__ import annotations

from mnistreport.experiment import AveragePooling2D, Conv2D, Dense, Experiment, MaxPooling2D


def training_flops(experiment: Experiment) -> float:
    """Floating-point operations of one training, its evaluations included.

    Only matrix products and convolutions count, two operations a multiply-add. Backward takes two
    products for each forward one, but for the first layer, whose input needs no gradient.
    """
    products = _multiply_adds(experiment)
    forward = 2.0 * sum(products)
    step = forward + 2.0 * forward - 2.0 * next(iter(products), 0.0)
    if experiment.engine == "numpy":
        iterations, every = experiment.iterations or 0, experiment.evaluate_every or 1
        evaluations = -(-iterations // every) + 1
        evaluated = evaluations * (experiment.train + experiment.test)
        return step * iterations * experiment.batch_size + forward * evaluated
    epochs = experiment.epochs or 0
    evaluated = (epochs + 2) * experiment.test + experiment.train
    return step * epochs * experiment.train + forward * evaluated


def precision(experiment: Experiment) -> str:
    """The floating-point type that an experiment's engine computes in."""
    return "float64" if experiment.engine == "numpy" else "float32"


def _multiply_adds(experiment: Experiment) -> list[float]:
    """Multiply-adds an image, of each layer that has a kernel."""
    products: list[float] = []
    shape = tuple(experiment.input_shape)
    side, channels = (shape[0], shape[2]) if len(shape) == 3 else (0, 0)
    features = 1
    for size in shape:
        features *= size
    for layer in experiment.layers:
        match layer:
            case Dense():
                products.append(float(features * layer.units))
                features = layer.units
            case Conv2D():
                if layer.padding == "valid":
                    side -= layer.kernel_size - 1
                window = layer.kernel_size**2 * channels
                products.append(float(side * side * window * layer.filters))
                channels = layer.filters
                features = side * side * channels
            case MaxPooling2D() | AveragePooling2D():
                side //= layer.pool_size
                features = side * side * channels
            case _:
                pass
    return products

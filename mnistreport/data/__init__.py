"""Find, fetch, verify, scale and split a dataset."""

from mnistreport.data.load import describe, load_dataset
from mnistreport.data.mnist import fetch_mnist
from mnistreport.data.shared import open_shared, share

__all__ = ["describe", "fetch_mnist", "load_dataset", "open_shared", "share"]

"""The catalog: every published training as data, and the reader of such files."""

from mnistreport.catalog.loader import load_catalog

__all__ = ["load_catalog"]

"""A comparison of two builds in words: what a page, text, Markdown and JSON tell alike."""

from mnistreport.report.compared.findings import FindingText
from mnistreport.report.compared.headline import comparison_headline
from mnistreport.report.compared.page import ComparedPage, compared_page
from mnistreport.report.compared.table import PairRow, noted, telling

__all__ = [
    "ComparedPage",
    "FindingText",
    "PairRow",
    "compared_page",
    "comparison_headline",
    "noted",
    "telling",
]

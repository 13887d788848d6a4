"""Charts as SVG. The only package that imports matplotlib."""

from mnistreport.report.charts.canvas import Drawing
from mnistreport.report.charts.lines import draw
from mnistreport.report.charts.square import draw_scatter

__all__ = ["Drawing", "draw", "draw_scatter"]

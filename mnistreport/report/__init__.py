"""The report: records for the page, charts, galleries, templates, and what renders them."""

"""`mnistreport bench`. Nothing is imported here: its child processes must set up theirs first."""

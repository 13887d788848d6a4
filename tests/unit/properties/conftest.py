"""How hypothesis searches: the same examples every time, few; a thorough search when asked for.

`HYPOTHESIS_PROFILE=search` looks at a thousand others.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "mnistreport",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=40,
    # the fixture of all tests that keeps the user's folders out is the same for every example
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.register_profile(
    "search", settings.get_profile("mnistreport"), derandomize=False, max_examples=1000
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "mnistreport"))

"""Hypothesis for all property tests: no deadline, as the first example pays for the imports."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "zaehlbar", deadline=None, suppress_health_check=[HealthCheck.too_slow], report_multiple_bugs=False
)
settings.load_profile("zaehlbar")

"""Fake deliveries of any size: the same arguments give the same bytes. Nobody in them exists.

Belongs here: making files that providers could have sent, right or broken on purpose.
Does not belong here: reading them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zaehlbar.sample.generator import Sample, SampleError, generate
    from zaehlbar.sample.plan import Rhythm

__all__ = ["Rhythm", "Sample", "SampleError", "generate"]


def __getattr__(name: str) -> object:
    # Lazy, because the command line imports `sample.cli`, and with it this package, at start-up.
    if name == "Rhythm":
        from zaehlbar.sample.plan import Rhythm

        return Rhythm
    if name in __all__:
        from zaehlbar.sample import generator

        return getattr(generator, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

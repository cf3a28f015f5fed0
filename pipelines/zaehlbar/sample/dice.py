"""Random numbers that are the same everywhere: a counter hash instead of a library's generator.

Belongs here: drawing whole columns. Does not belong here: what is drawn.
Numpy may change the streams of its generators between releases (NEP 19); committed examples must not change with it. So
each number is splitmix64 of its position in a stream, and a stream is named by seed and label. No logarithm or sine
either: their last bit differs between machines.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


class Dice:
    """Streams of random numbers; the same seed and label give the same numbers."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def uniform(self, label: str, size: int) -> Floats:
        """Return `size` numbers in [0, 1)."""
        digest = hashlib.blake2b(f"{self._seed}:{label}".encode(), digest_size=8).digest()
        mixed = np.arange(1, size + 1, dtype=np.uint64) * _GOLDEN + np.uint64(int.from_bytes(digest, "little"))
        mixed = (mixed ^ (mixed >> np.uint64(30))) * _MIX_1
        mixed = (mixed ^ (mixed >> np.uint64(27))) * _MIX_2
        mixed ^= mixed >> np.uint64(31)
        result: Floats = (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53
        return result

    def below(self, label: str, bound: int | Ints, size: int | None = None) -> Ints:
        """Return integers in [0, bound); one per element of `bound` when that is an array (0 where it is below 1)."""
        count = len(bound) if isinstance(bound, np.ndarray) else (size or 0)
        drawn: Ints = np.floor(self.uniform(label, count) * np.maximum(bound, 1)).astype(np.int64)
        return drawn

    def pick(self, label: str, weights: Sequence[int], size: int) -> Ints:
        """Return positions in `weights`, each as often as its weight says."""
        steps = np.cumsum(np.asarray(weights, dtype=np.int64))
        drawn = self.below(label, int(steps[-1]), size)
        return np.searchsorted(steps, drawn, side="right").astype(np.int64)

    def chance(self, label: str, probability: float, size: int) -> Mask:
        """Return True with this probability."""
        result: Mask = self.uniform(label, size) < probability
        return result

"""Persons from pairs: a pure function, whatever the order in which anything became known.

Belongs here: which identities one group is, over the small set of bound pairs. Does not belong here: where pairs come
from (pairs, decisions), writing (api).

1. Identities bound by a decision "gleich" or by a rule that merges are one group. A group that has no parted pair
   inside (decided "verschieden", or a rule that says never) is a person.
2. Otherwise only decisions bind in it: what rules would merge waits for a person as a contradiction.
3. Where decisions alone contradict, their identities stay single, until a person takes one of them back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of identities in two columns of equal length."""

    a: Ints
    b: Ints

    @classmethod
    def of(cls, a: list[int], b: list[int]) -> Pairs:
        return cls(np.array(a, dtype=np.int64), np.array(b, dtype=np.int64))

    def __len__(self) -> int:
        return len(self.a)

    def where(self, mask: Mask) -> Pairs:
        return Pairs(self.a[mask], self.b[mask])

    def __add__(self, other: Pairs) -> Pairs:
        return Pairs(np.concatenate([self.a, other.a]), np.concatenate([self.b, other.b]))


@dataclass(frozen=True, slots=True)
class Links:
    """All pairs that bind or part; no pair is in two of them."""

    decided: Pairs
    exact: Pairs
    ruled: Pairs
    parted: Pairs


@dataclass(frozen=True, slots=True)
class Groups:
    """Identities that are a person together with others, and the pairs that contradict.

    Columns `identity`, `person` (the smallest identity of the group), `reason` (what suffices to bind the group: exakt,
    regel, entscheidung), by identity. Contradictions: bound by a rule, bound by a decision.
    """

    identity: Ints
    person: Ints
    reason: npt.NDArray[np.str_]
    contradicting_rules: Pairs
    contradicting_decisions: Pairs


def groups_of(links: Links) -> Groups:
    """Return the groups of two and more identities that follow from `links`."""
    bound = links.decided + links.exact + links.ruled
    identities = np.unique(np.concatenate([bound.a, bound.b]))
    size = len(identities)

    def numbered(pairs: Pairs) -> Pairs:
        return Pairs(np.searchsorted(identities, pairs.a), np.searchsorted(identities, pairs.b))

    inside = np.isin(links.parted.a, identities) & np.isin(links.parted.b, identities)
    parted = numbered(links.parted.where(inside))
    decided, exact, ruled = numbered(links.decided), numbered(links.exact), numbered(links.ruled)
    automatic = exact + ruled

    whole = components(size, decided + automatic)
    torn = _holding(whole, parted)
    # Where a group is torn, rules bind nothing in it.
    free = ~torn[whole]
    kept = automatic.where(free[automatic.a])
    group = components(size, decided + kept)
    broken = _holding(group, parted)
    single = broken[group]
    group = np.where(single, np.arange(size), group)

    in_torn = automatic.where(~free[automatic.a])
    apart = in_torn.where(group[in_torn.a] != group[in_torn.b])
    contradicting = decided.where(single[decided.a])

    by_exact = _joins(group, components(size, exact.where(free[exact.a])))
    by_rule = _joins(group, components(size, kept))
    reason = np.where(by_exact[group], "exakt", np.where(by_rule[group], "regel", "entscheidung"))
    several = np.bincount(group, minlength=size)[group] > 1
    return Groups(
        identities[several],
        identities[group[several]],
        reason[several],
        _back(identities, apart),
        _back(identities, contradicting),
    )


def components(size: int, pairs: Pairs) -> Ints:
    """Return for 0..size-1 the smallest number it is connected with: labels fall along pairs and are followed."""
    label = np.arange(size, dtype=np.int64)
    while True:
        smaller = np.minimum(label[pairs.a], label[pairs.b])
        new = label.copy()
        # The label of a label falls too, so that long chains are done in few rounds.
        for places in (pairs.a, pairs.b, label[pairs.a], label[pairs.b]):
            np.minimum.at(new, places, smaller)
        new = new[new]
        if np.array_equal(new, label):
            return label
        label = new


def _holding(group: Ints, pairs: Pairs) -> Mask:
    """Return per group label whether one of the pairs lies inside."""
    found = np.zeros(len(group), dtype=bool)
    found[group[pairs.a][group[pairs.a] == group[pairs.b]]] = True
    return found


def _joins(group: Ints, weaker: Ints) -> Mask:
    """Return per group label whether `weaker` components alone hold the whole group together."""
    whole = np.ones(len(group), dtype=bool)
    whole[group[weaker[group] != weaker]] = False
    return whole


def _back(identities: Ints, pairs: Pairs) -> Pairs:
    return Pairs(identities[pairs.a], identities[pairs.b])

"""Groups of bound pairs agree with the definition, for every way in which pairs bind, part and contradict."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given, settings, strategies as st
from tests.support.reference_persons import groups

from zaehlbar.identify.persons import Links, Pairs, components, groups_of

PAIRS = list(combinations(range(1, 8), 2))
Told = dict[tuple[int, int], str]


def _links(told: Told) -> Links:
    def of(kind: str) -> Pairs:
        chosen = [pair for pair, what in told.items() if what == kind]
        return Pairs.of([a for a, _ in chosen], [b for _, b in chosen])

    return Links(of("gleich"), of("exakt"), of("regel"), of("getrennt"))


def _names(pairs: set[tuple[int, int]]) -> set[frozenset[tuple[str, str, str]]]:
    return {frozenset(("", "", str(one)) for one in pair) for pair in pairs}


def _groups(identities: set[int], pairs: set[tuple[int, int]]) -> list[set[int]]:
    found = groups([("", "", str(one)) for one in identities], _names(pairs))
    return [{int(one[2]) for one in group} for group in found]


def _by_definition(told: Told) -> tuple[dict[int, tuple[int, str]], set[tuple[int, int]], set[tuple[int, int]]]:
    """Persons of groups of two and more with what suffices to bind them; contradictions of rules, of decisions."""
    must = {pair for pair, what in told.items() if what == "gleich"}
    auto = {pair for pair, what in told.items() if what in ("exakt", "regel")}
    exact = {pair for pair, what in told.items() if what == "exakt"}
    parted = {pair for pair, what in told.items() if what == "getrennt"}
    everyone = set(range(1, 8))
    persons: list[set[int]] = []
    free = set(everyone)
    by_rules: set[tuple[int, int]] = set()
    by_decisions: set[tuple[int, int]] = set()

    def holds(group: set[int], pairs: set[tuple[int, int]]) -> set[tuple[int, int]]:
        return {pair for pair in pairs if set(pair) <= group}

    for group in _groups(everyone, must | auto):
        if not holds(group, parted):
            persons.append(group)
            continue
        free -= group
        parts: list[set[int]] = []
        for smaller in _groups(group, holds(group, must)):
            if holds(smaller, parted):
                by_decisions |= holds(smaller, must)
                parts += [{one} for one in smaller]
            else:
                parts.append(smaller)
        persons += parts
        by_rules |= {pair for pair in holds(group, auto) if not any(set(pair) <= part for part in parts)}
    bound = (("exakt", holds(free, exact)), ("regel", holds(free, auto)), ("entscheidung", must | holds(free, auto)))
    result = {}
    for person in persons:
        if len(person) > 1:
            reason = next(name for name, pairs in bound if person in _groups(everyone, pairs))
            result |= {one: (min(person), reason) for one in person}
    return result, by_rules, by_decisions


@settings(max_examples=400)
@given(st.dictionaries(st.sampled_from(PAIRS), st.sampled_from(["gleich", "exakt", "regel", "getrennt"]), max_size=9))
def test_groups_are_those_of_the_definition(told: Told) -> None:
    found = groups_of(_links(told))
    persons, by_rules, by_decisions = _by_definition(told)
    columns = zip(found.identity.tolist(), found.person.tolist(), found.reason.tolist(), strict=True)
    assert {one: (person, reason) for one, person, reason in columns} == persons
    for pairs, expected in ((found.contradicting_rules, by_rules), (found.contradicting_decisions, by_decisions)):
        assert set(zip(pairs.a.tolist(), pairs.b.tolist(), strict=True)) == expected


@given(st.permutations(range(60)), st.integers(1, 20))
def test_long_chains_are_one(order: list[int], step: int) -> None:
    a, b = np.array(order[:-1]), np.array(order[1:])
    assert components(60, Pairs(a, b)).tolist() == [0] * 60
    links = np.arange(60 - step)
    assert components(60, Pairs(links, links + step)).tolist() == [one % step for one in range(60)]

"""Who is one person, slow and obvious: all pairs of identities, plain loops. It must agree with `zaehlbar.identify`.

Rules: DESIGN.md, statements 4 and 7; the site's merge rules; what a decision about a pair means.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import combinations

from tests.support.facts import Sent

from zaehlbar.site import MatchFile, MatchRule

Identity = tuple[str, str, str]
"""Vorhaben, TVP, tn_nr."""
Pair = frozenset[Identity]
Traits = Mapping[str, str]
FULL = ("exakt", "vorname_plz", "nachname_plz")
"""Kinds that contain a full birth date."""


def current_traits(sent: Iterable[Sent]) -> dict[Identity, Traits]:
    """The Merkmale of every identity that ever had a participation: those of its highest-ranked delivery."""
    found: dict[Identity, Traits] = {}
    for delivery in sorted(sent, key=lambda item: item.rank):
        for row in delivery.participations:
            found[delivery.vorhaben_id, delivery.tvp_id, row.tn] = row.merkmale
    return found


def verdicts(traits: Mapping[Identity, Traits], rules: MatchFile) -> dict[Pair, tuple[str, str]]:
    """Rule and effect of every pair that one speaks of."""
    shared = Counter(item for own in traits.values() for item in own.items())
    result = {}
    for one, other in combinations(traits, 2):
        equal = set(traits[one].items()) & set(traits[other].items())
        if not any(shared[item] <= rules.hoechstens_je_merkmal for item in equal):
            continue
        agree, both = {kind for kind, _ in equal}, traits[one].keys() & traits[other].keys()
        rule = _first_rule(one, other, (agree, both - agree), _full(traits[one]) + _full(traits[other]), rules)
        if rule is not None:
            effect = rule.wirkung
            if effect == "zusammen" and not (_full(traits[one]) and _full(traits[other])):
                effect = "pruefen"
            result[frozenset((one, other))] = (rule.name, effect)
    return result


def _full(own: Traits) -> bool:
    return any(kind in own for kind in FULL)


def _first_rule(
    one: Identity, other: Identity, compared: tuple[set[str], set[str]], full: int, rules: MatchFile
) -> MatchRule | None:
    """`compared`: the kinds that agree, and those that both have and that differ."""
    equal, differing = compared
    for rule in rules.regeln:
        wanted = rule.bedingungen
        if (
            any(set(kinds) <= equal for kinds in rule.gleich)
            and not equal & set(rule.nicht_gleich)
            and set(rule.verschieden) <= differing
            and wanted.geburtsdatum in (None, ("beide_fehlen", "eines_fehlt", "beide_voll")[full])
            and wanted.partner in (None, "derselbe" if one[:2] == other[:2] else "verschiedene")
        ):
            return rule
    return None


def persons(
    traits: Mapping[Identity, Traits], rules: MatchFile, decisions: Iterable[tuple[Pair, str]]
) -> set[frozenset[Identity]]:
    """The persons, as sets of identities; `decisions` in the order in which they were made."""
    said = dict(decisions)
    judged = verdicts(traits, rules)
    must = {pair for pair, what in said.items() if what == "gleich"}
    never = {pair for pair, (_, effect) in judged.items() if effect == "nie"} - must
    parted = {pair for pair, what in said.items() if what == "verschieden"} | never
    undecided = {pair for pair in judged if said.get(pair, "zurueckgenommen") == "zurueckgenommen"}
    auto = {pair for pair in undecided if judged[pair][1] == "zusammen"}
    result: set[frozenset[Identity]] = set()
    for group in groups(traits, must | auto):
        if not any(pair <= group for pair in parted):
            result.add(group)
            continue
        for smaller in groups(group, {pair for pair in must if pair <= group}):
            if any(pair <= smaller for pair in parted):
                result |= {frozenset((one,)) for one in smaller}
            else:
                result.add(smaller)
    return result


def groups(identities: Iterable[Identity], pairs: Iterable[Pair]) -> list[frozenset[Identity]]:
    """Identities connected by `pairs`."""
    found = [frozenset((one,)) for one in identities]
    for pair in pairs:
        touched = [group for group in found if group & pair]
        found = [group for group in found if not group & pair] + [frozenset().union(*touched)]
    return found

"""The site's merge rules as SQL over a compared pair: the first rule that fits counts.

Belongs here: rules → expressions. Does not belong here: which pairs are compared (pairs).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from zaehlbar.pseudonymize import KINDS
from zaehlbar.site import MatchFile, MatchRule

_COMPARISON = 1
"""Of this code: a change of what is compared makes all pairs be formed anew."""


def fingerprint(rules: MatchFile) -> str:
    """Return the SHA-256 of everything stored pairs rest on beside the Merkmale."""
    content = f"{_COMPARISON}\n{','.join(KINDS)}\n{rules.model_dump_json()}"
    return hashlib.sha256(content.encode()).hexdigest()


def agreement_columns(one: str, other: str) -> str:
    """Return per kind the column `<kind>_gleich` of two rows of Merkmale: null where one of them has none."""
    return ",\n".join(f"{one}.{kind}_token = {other}.{kind}_token as {kind}_gleich" for kind in KINDS)


def full_birth_date(row: str) -> str:
    """Return whether a row of Merkmale says that a full birth date is known: these kinds contain it."""
    return (
        "(" + " or ".join(f"{row}.{kind}_token is not null" for kind in ("exakt", "vorname_plz", "nachname_plz")) + ")"
    )


def rule_columns(rules: MatchFile, pair: str) -> str:
    """Return the columns `regel` and `wirkung` of a compared pair; both null when no rule says anything.

    Statement 7 stands above the rules: without a full birth date on both sides nothing is merged by itself, whatever a
    rule says (`site check` refuses such a rule, and a constraint of the table such a pair).
    """
    guard = f"case when {pair}.geburtsdatum = 'beide_voll' then 'zusammen' else 'pruefen' end"

    def case(result: Callable[[MatchRule], str]) -> str:
        return "\n".join(f"when {_condition(rule, pair)} then {result(rule)}" for rule in rules.regeln)

    return f"""
        case {case(lambda rule: f"'{rule.name}'")} end as regel,
        case {case(lambda rule: guard if rule.wirkung == "zusammen" else f"'{rule.wirkung}'")} end as wirkung
    """


def _condition(rule: MatchRule, pair: str) -> str:
    alternatives = (" and ".join(f"{pair}.{kind}_gleich is true" for kind in kinds) for kinds in rule.gleich)
    parts = ["(" + " or ".join(f"({one})" for one in alternatives) + ")"]
    parts += [f"{pair}.{kind}_gleich is not true" for kind in rule.nicht_gleich]
    parts += [f"{pair}.{kind}_gleich is false" for kind in rule.verschieden]
    if rule.bedingungen.geburtsdatum is not None:
        parts.append(f"{pair}.geburtsdatum = '{rule.bedingungen.geburtsdatum}'")
    if rule.bedingungen.partner is not None:
        parts.append(f"{pair}.derselbe_partner is {rule.bedingungen.partner == 'derselbe'}")
    return " and ".join(parts)

"""From rules to expectations for one delivery: which rule is judged on which column, with which arguments.

Belongs here: spreading a rule over contract fields, and filling in what comes from contract, site and delivery.
Does not belong here: judging (engine), any row.

A string `$name` in a rule's `kwargs` stands for:
`$feld`, `$codes`, `$muster`, `$laenge`, `$minimum`, `$maximum` (the contract's, of the field),
`$schluessel` (the contract's, of the table) ·
`$zeitraum_von`, `$zeitraum_bis`, `$eigen` (of the delivery; its own value of the field) ·
`$laufzeit_von`, `$laufzeit_bis` (of the Vorhaben), `$mindestalter` (of its Förderrunde), `$gebiete` (codes of Quartier
or Jobcenter), `$katalog` (activity codes of the table) · `$person` (the field's helper column, see people).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field as dataclass_field
from datetime import date
from typing import Any

from zaehlbar.contract import Field, Scope, Severity, Table
from zaehlbar.site import Site
from zaehlbar.validate.engine import Expected
from zaehlbar.validate.frame import HELPERS
from zaehlbar.validate.people import PREFIX, open_field
from zaehlbar.validate.rules import Condition, RowCheck, Rule

_UNKNOWN_HERE = object()
"""The delivery does not say it (no scope could be read, or the site does not know the Vorhaben)."""

_LIMITS = ("min_value", "max_value", "von", "bis")
"""Arguments of which one may be absent: a range may be open at one end."""

_NAMES = ("$feld", "$person")
"""Arguments that are names of columns: no parameter of a message."""

_SHOWN_CODES = 12


@dataclass(frozen=True, slots=True)
class Check:
    """One expectation of one rule on one table of this delivery."""

    rule: Rule
    table: str
    field: str | None
    severity: Severity
    expected: Expected
    row_level: bool
    """Whether the rows that failed are hits; else the finding is about the table."""
    discards: bool
    """Whether the value of `field` must not enter the warehouse where the check fails."""
    deferred: bool
    """Judged only where the field turned out to have unknown codes: a value with a known code cannot be a leak."""
    params: Mapping[str, str | int] = dataclass_field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """All checks of one table, and the rules that could not be planned because the delivery does not say enough."""

    checks: tuple[Check, ...]
    not_checked: frozenset[str]


def plan(table: Table, rules: Sequence[Rule], site: Site, scope: Scope | None) -> Plan:
    """Return the checks of `table` for a delivery with `scope` under `site`, leaving out rules that are switched off
    there or not in force at the end of the period."""
    known = _known(table, site, scope)
    checks: list[Check] = []
    unknown: set[str] = set()
    for rule in rules:
        if not isinstance(rule.pruefung, RowCheck) or table.name not in rule.tabellen:
            continue
        if rule.code in site.validierung.abgeschaltet or not rule.applies_at(scope.end if scope else None):
            continue
        for field in _spread(rule.pruefung, table):
            check = _check(rule, rule.pruefung, table, field, {**known, **_of_field(field, site, scope)})
            if check is _UNKNOWN_HERE:
                unknown.add(rule.code)
            elif isinstance(check, Check):
                checks.append(check)
    return Plan(tuple(checks), frozenset(unknown))


def _check(rule: Rule, test: RowCheck, table: Table, field: Field | None, values: Mapping[str, Any]) -> Any:
    """Return the check, `_UNKNOWN_HERE`, or None where site or contract switch it off by having no value."""
    kwargs: dict[str, Any] = {}
    params: dict[str, str | int] = {}
    for name, value in test.kwargs.items():
        filled = _fill(value, values)
        if filled is _UNKNOWN_HERE:
            return _UNKNOWN_HERE
        if filled is None and name not in _LIMITS:
            return None
        kwargs[name] = filled
        is_value = isinstance(value, str) and value.startswith("$") and value not in _NAMES
        if is_value and filled is not None:
            params[value[1:]] = _shown(filled)
    limits = [kwargs[name] for name in _LIMITS if name in kwargs]
    if limits and all(limit is None for limit in limits):
        return None
    required = field is None or field.required or field.name in table.primary_key
    severity = rule.schwere if required or rule.schwere_freiwillig is None else rule.schwere_freiwillig
    about = field.name if field is not None else next((name for name in rule.felder if name in table.field_names), None)
    return Check(
        rule=rule,
        table=table.name,
        field=about,
        severity=severity,
        expected=Expected(
            test.erwartung,
            kwargs,
            _columns(kwargs, test.bedingung, table),
            None if test.bedingung is None else test.bedingung.key,
        ),
        row_level=test.art == "zeile",
        discards=rule.wert_verwerfen and severity is not Severity.ERROR,
        deferred=test.je_feld == "text" and field is not None and _closed_list(field),
        params=params,
    )


def _spread(test: RowCheck, table: Table) -> Iterator[Field | None]:
    """Yield the fields a rule is spread over; None once for a rule that is not spread."""
    if test.je_feld is None:
        yield None
        return
    if isinstance(test.je_feld, tuple):
        yield from (table.field(name) for name in test.je_feld if name in table.field_names)
        return
    from_site = ("quartier", "jobcenter")
    catalogues = ("katalog", "angebot_katalog")
    tests: dict[str, Callable[[Field], bool]] = {
        "pflicht": lambda f: f.required,
        "codes": _closed_list,
        "muster": lambda f: f.constraints.pattern is not None,
        "laenge": lambda f: f.constraints.max_length is not None,
        "bereich_zahl": lambda f: f.type == "integer" and _has_range(f),
        "bereich_datum": lambda f: f.type == "date" and _has_range(f),
        "text": lambda f: f.type == "string",
        "gebiet": lambda f: f.zaehlbar.codes_from in from_site,
        "katalog": lambda f: f.zaehlbar.codes_from in catalogues,
        "offen": lambda f: table.zaehlbar.scope != "lieferung" and open_field(f),
    }
    yield from (field for field in table.fields if tests[test.je_feld](field))


def _closed_list(field: Field) -> bool:
    return bool(field.codes) and field.zaehlbar.codes_from is None


def _has_range(field: Field) -> bool:
    return field.constraints.minimum is not None or field.constraints.maximum is not None


def _known(table: Table, site: Site, scope: Scope | None) -> dict[str, Any]:
    names = ("zeitraum_von", "zeitraum_bis", "laufzeit_von", "laufzeit_bis", "mindestalter")
    values: dict[str, Any] = dict.fromkeys(names, _UNKNOWN_HERE)
    values["schluessel"] = list(table.primary_key)
    if scope is not None:
        values |= {"zeitraum_von": scope.start.isoformat(), "zeitraum_bis": scope.end.isoformat()}
        for vorhaben in site.vorhaben:
            if vorhaben.vorhaben_id == scope.vorhaben_id:
                values |= {"laufzeit_von": vorhaben.von.isoformat(), "laufzeit_bis": vorhaben.bis.isoformat()}
        round_ = site.foerderrunde_of(scope.vorhaben_id)
        if round_ is not None:
            values["mindestalter"] = round_.mindestalter
    kind = "angebot" if table.name == "angebot" else "aktivitaet"
    values["katalog"] = tuple(entry.code for entry in site.katalog.codes if entry.tabelle == kind) or None
    return values


def _of_field(field: Field | None, site: Site, scope: Scope | None) -> dict[str, Any]:
    if field is None:
        return {}
    limits = field.constraints
    own = {} if scope is None else {"vorhaben_id": scope.vorhaben_id, "tvp_id": scope.tvp_id}
    values: dict[str, Any] = {
        "feld": field.name,
        "person": PREFIX + field.name,
        "codes": tuple(field.codes) or None,
        "muster": None if limits.pattern is None else _anchored(limits.pattern),
        "laenge": limits.max_length,
        "minimum": limits.minimum,
        "maximum": limits.maximum,
        "eigen": own.get(field.name, _UNKNOWN_HERE),
    }
    if field.zaehlbar.codes_from == "quartier":
        quartiere = tuple(q.quartier_id for vorhaben in site.vorhaben for q in vorhaben.quartiere)
        values["gebiete"] = (*quartiere, *field.codes) if quartiere else None
    elif field.zaehlbar.codes_from == "jobcenter":
        values["gebiete"] = tuple(item.jobcenter_nr for item in site.jobcenter) or None
    return values


def _anchored(pattern: str) -> str:
    """Make a contract pattern match whole values."""
    return f"^(?:{pattern})$"


def _fill(value: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(value, str) and value.startswith("$"):
        if value[1:] not in values:
            raise ValueError(f"no value {value!r} for the arguments of a rule")
        return values[value[1:]]
    if isinstance(value, list):
        filled = [_fill(item, values) for item in value]
        return _UNKNOWN_HERE if any(item is _UNKNOWN_HERE for item in filled) else filled
    return value


def _shown(value: Any) -> str | int:
    """Return a limit as it stands in a message."""
    if isinstance(value, tuple | list):
        more = " …" if len(value) > _SHOWN_CODES else ""
        return ", ".join(str(item) for item in value[:_SHOWN_CODES]) + more
    if isinstance(value, int):
        return value
    text = str(value)
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return date.fromisoformat(text).strftime("%d.%m.%Y")
    return text.removeprefix("^(?:").removesuffix(")$")


def _columns(kwargs: Mapping[str, Any], condition: Condition | None, table: Table) -> tuple[str, ...]:
    named = [kwargs[name] for name in ("column", "column_A", "column_B") if name in kwargs]
    named += list(kwargs.get("column_list", ()))
    named += [] if condition is None else [condition.feld]
    known = (*table.field_names, *HELPERS)
    if unknown := [name for name in named if name.removeprefix(PREFIX) not in known]:
        raise ValueError(f"table {table.name!r} has no column {unknown[0]!r} that a rule names")
    return tuple(sorted(set(named)))

"""What every measure means, where its rule comes from, and on what the figures rest."""

from __future__ import annotations

from zaehlbar.publish import attributes, words
from zaehlbar.publish.blocks import Column, Row, Section, table
from zaehlbar.publish.definitions import definitions as measures, not_meant
from zaehlbar.publish.report import Report
from zaehlbar.publish.sections.parts import mapping_state, share_of
from zaehlbar.publish.words import short_month


def definitions(report: Report) -> Section:
    """Every measure with its definition and the source of its rule."""
    rules = report.count.rules
    columns = [Column("Größe", "text", 40), Column("Definition", "text", 92), Column("Quelle der Regel", "text", 44)]
    rows = [Row(entry) for entry in measures(rules.schwelle_minuten, rules.aktiv_tage)]
    if report.legal_basis is not None:
        rows.append(Row((words.WITHOUT_CONSENT, words.WITHOUT_CONSENT_MEANING, report.legal_basis)))
    given = [name for name, _ in report.attributes if name in attributes.COMPOSITION]
    asked = [
        Row((report.names.title(name), words.ATTRIBUTE_MEANING, attributes.source(name)))
        for name in attributes.COMPOSITION
        if name in given
    ]
    tables = [table("Was gezählt wird", columns, rows)]
    if asked:
        tables.append(table("Wer teilnimmt", [Column("Angabe", "text", 40), *columns[1:]], asked))
    return Section("definitionen", "Definitionen", "Was die Zahlen bedeuten", "", tuple(tables))


def basis(report: Report) -> Section:
    """Versions of rules, coverage and state of every month shown; deliveries as a total, never by partner."""
    tables = (
        table(
            "Regeln dieser Zählung",
            [Column("Regel", "text", 40), Column("Stand", "text", 92)],
            [Row(entry) for entry in _rules(report)],
        ),
        table(
            "Lieferungen und Stand je Monat",
            [
                Column("Monat", "text", 40),
                Column("Lieferungen geladen von erwartet (alle Partner der Site)", "text", 92),
                Column("Stand", "text", 44),
            ],
            [Row((short_month(month.month), share_of(month.coverage), month.state)) for month in report.course],
            notes=[words.COVERAGE_TOTAL],
            on_page=False,
        ),
        table(
            "Was diese Zahlen nicht sind",
            [Column("", "text", 40), Column("", "text", 92)],
            [Row(entry) for entry in not_meant()],
        ),
    )
    return Section("grundlage", "Grundlage", "Worauf die Zahlen beruhen", "", tables)


def _rules(report: Report) -> list[tuple[str, str]]:
    count, rules = report.count, report.count.rules
    threshold = "abgeschaltet" if rules.schwelle_minuten is None else f"{words.hours(rules.schwelle_minuten)} Stunden"
    active = "abgeschaltet" if rules.aktiv_tage is None else f"{rules.aktiv_tage} Tage"
    return [
        ("Site", f"{rules.site}, Version {rules.site_version}"),
        ("Betriebsmodell", rules.betriebsmodell),
        ("Aktivitätenkatalog", f"Version {rules.katalog_version}"),
        ("Zuordnung zu Kategorien", f"Version {rules.kategorien_version}"),
        ("Abstimmung", mapping_state(report)),
        ("Zählregeln", f"Version {rules.zaehlregeln_version}: Stundenschwelle {threshold}, davon aktiv {active}"),
        ("Kalender der Stichtage", f"Version {rules.kalender_version}"),
        ("Abgleichregeln", f"Version {rules.abgleich_version or '–'}: wer eine Person ist"),
        ("Prüfregeln", f"Schwellen Version {rules.validierung_version}, Regelpaket {rules.regelpaket_version[:12]}"),
        (
            "Stand der Zahlen",
            f"{report.current.state}; endgültig {rules.vorlaeufig_monate} ganze Monate nach Monatsende",
        ),
        ("Lieferungen", f"{share_of(report.current.coverage)} (alle Partner der Site)"),
        ("Lauf", f"Nr. {count.lauf_id}, gezählt am {count.gezaehlt_am:%d.%m.%Y %H:%M}"),
    ]

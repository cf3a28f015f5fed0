"""The code lists a site decides: for drop-down lists of the template and for rules on codes."""

from __future__ import annotations

from zaehlbar.site.model import Site


def code_lists(site: Site, vorhaben_id: str | None = None) -> dict[str, dict[str, str]]:
    """Return code → label per name of `codes_aus` in the contract; Quartier and TVP of one Vorhaben when it is named.

    The catalogue lists every code whatever its validity: facts of the past stay deliverable.
    """
    chosen = [item for item in site.vorhaben if vorhaben_id in (None, item.vorhaben_id)]
    catalogue = site.katalog.codes
    return {
        "katalog": {entry.code: entry.name for entry in catalogue if entry.tabelle == "aktivitaet"},
        "angebot_katalog": {entry.code: entry.name for entry in catalogue if entry.tabelle == "angebot"},
        "quartier": {quartier.quartier_id: quartier.name for item in chosen for quartier in item.quartiere},
        "jobcenter": {item.jobcenter_nr: item.name for item in site.jobcenter},
        "vorhaben": {item.vorhaben_id: item.akronym for item in chosen},
        "tvp": {partner.tvp_id: partner.name for item in chosen for partner in item.partner},
    }

-- What is counted of the participations beside figures, one property at a time, as known after run :stand: the
-- participations that sql/sources/teilnahme.sql counts.
select
    t.identitaet_id,
    t.eintritt_datum,
    t.austritt_datum,
    coalesce(t.jobcenter_nr, 'OHNE') as jobcenter_nr,
    i.vorhaben_id,
    coalesce(t.quartier_id, 'OHNE') as quartier_id,
    i.tvp_id,
    p.person_id,
    t.altersgruppe_eintritt,
    t.geschlecht,
    t.erwerbsstatus_eintritt,
    t.alo_dauer,
    t.rechtskreis,
    t.schulabschluss,
    t.berufsabschluss,
    t.herkunft_ausl,
    t.drittstaat,
    t.wohnungslos,
    t.alleinerziehend,
    t.sprache_stufe,
    t.hemmnisse_anzahl_eintritt,
    t.vorher,
    t.jc_massnahme_parallel,
    t.zugangsweg,
    t.austritt_grund,
    t.anschluss,
    t.beschfaehigkeit_erhoeht,
    t.erg_arbeitsuche,
    t.erg_bildung,
    t.erg_qualifikation,
    t.erg_arbeit,
    t.erg_6m_arbeit,
    t.erg_6m_verbessert
from kern.teilnahme_nach(:stand) as t
inner join kern.identitaet as i on t.identitaet_id = i.identitaet_id
inner join kern.person_zuordnung as p
    on
        t.identitaet_id = p.identitaet_id
        and p.bekannt_von <= :stand
        and (p.bekannt_bis is null or p.bekannt_bis > :stand)
where
    t.status is distinct from 'STORNO'
    and not exists (
        select from kern.einschraenkung as e
        where
            e.identitaet_id = t.identitaet_id
            and e.bekannt_von <= :stand
            and (e.bekannt_bis is null or e.bekannt_bis > :stand)
    )

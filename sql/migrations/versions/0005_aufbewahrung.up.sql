-- Retention: when a delivery was decided and its raw files went, holds for audits, months whose persons are gone.

alter table betrieb.lieferung
    add column abgeschlossen_am timestamptz,
    add column roh_geloescht_am timestamptz;
comment on column betrieb.lieferung.abgeschlossen_am is 'Erste Annahme (Laden; die Freigabe durch einen Menschen zählt so) oder Ablehnung: von hier an läuft die Frist der Rohdateien. Leer: noch nicht entschieden.';
comment on column betrieb.lieferung.roh_geloescht_am is 'Wann Rohdateien und Prüfberichte gelöscht wurden; danach wird die Lieferung nie wieder beurteilt oder geladen. Leer: noch da.';
update betrieb.lieferung as l
set abgeschlossen_am = coalesce(
    (
        select min(e.entschieden_am) from betrieb.entscheidung as e
        where e.lieferung_nr = l.lieferung_nr
            and e.entscheidung = case l.status when 'geladen' then 'freigegeben' else 'abgelehnt' end
    ),
    (select f.begonnen_am from betrieb.lauf as f where f.lauf_id = coalesce(l.geladen_lauf, l.beurteilt_lauf))
)
where l.status in ('geladen', 'abgelehnt');

comment on column betrieb.bilanz.zurueckgehalten is 'Ohne Einwilligung oder Aufbewahrung abgelaufen, nicht geladen.';

alter table betrieb.regelwerk add column aufbewahrung_version text;
comment on column betrieb.regelwerk.aufbewahrung_version is 'Version der Aufbewahrungsfristen; leer bei Regelwerken aus der Zeit davor.';

create table betrieb.aufbewahrung_sperre (
    sperre_nr integer generated always as identity primary key,
    vorhaben_id text,
    tvp_id text,
    gesperrt_von text not null check (gesperrt_von <> ''),
    gesperrt_am timestamptz not null default now(),
    grund text not null check (grund <> ''),
    gueltig_bis date,
    aufgehoben_von text,
    aufgehoben_am timestamptz,
    aufhebung_grund text,
    check (tvp_id is null or vorhaben_id is not null),
    check ((aufgehoben_am is null) = (aufgehoben_von is null))
);
comment on table betrieb.aufbewahrung_sperre is 'Sperren für Prüfungen: was darunter fällt, löscht die Aufbewahrung nicht. Widerruf, abgelaufene Einwilligung und Löschung (Art. 17 DSGVO) hält eine Sperre nicht auf.';
comment on column betrieb.aufbewahrung_sperre.sperre_nr is 'Laufende Nummer.';
comment on column betrieb.aufbewahrung_sperre.vorhaben_id is 'Vorhaben; leer: alle.';
comment on column betrieb.aufbewahrung_sperre.tvp_id is 'Teilvorhabenpartner; leer: alle des Vorhabens.';
comment on column betrieb.aufbewahrung_sperre.gesperrt_von is 'Funktion oder Kennung, die sie verhängte.';
comment on column betrieb.aufbewahrung_sperre.gesperrt_am is 'Zeitpunkt.';
comment on column betrieb.aufbewahrung_sperre.grund is 'Begründung, keine Namen.';
comment on column betrieb.aufbewahrung_sperre.gueltig_bis is 'Letzter Tag, an dem sie gilt; leer: bis sie aufgehoben wird.';
comment on column betrieb.aufbewahrung_sperre.aufgehoben_von is 'Funktion oder Kennung, die sie aufhob; leer: gilt.';
comment on column betrieb.aufbewahrung_sperre.aufgehoben_am is 'Zeitpunkt der Aufhebung.';
comment on column betrieb.aufbewahrung_sperre.aufhebung_grund is 'Begründung der Aufhebung.';

create table zahl.entfernt (
    monat date not null check (extract(day from monat) = 1),
    grund text not null check (grund in ('aufbewahrung', 'loeschung', 'widerruf', 'einwilligung_abgelaufen')),
    entfernt_am timestamptz not null default now(),
    zuletzt_am timestamptz not null default now(),
    primary key (monat, grund)
);
comment on table zahl.entfernt is 'Monate, in denen inzwischen entfernte Personen teilnahmen: eine Nachzählung hat sie nicht mehr und sagt es. Nie, wie viele oder wer. Nur intern.';
comment on column zahl.entfernt.monat is 'Erster Tag des Monats.';
comment on column zahl.entfernt.grund is 'aufbewahrung, loeschung (Art. 17 DSGVO), widerruf oder einwilligung_abgelaufen.';
comment on column zahl.entfernt.entfernt_am is 'Wann es zum ersten Mal geschah.';
comment on column zahl.entfernt.zuletzt_am is 'Wann es zum letzten Mal geschah.';

create table zahl.eingefroren (
    monat date primary key check (extract(day from monat) = 1),
    seit_am timestamptz not null default now(),
    regelwerk_nr integer not null references betrieb.regelwerk (regelwerk_nr),
    gezaehlt_am timestamptz not null
);
comment on table zahl.eingefroren is 'Monate, deren Figuren bleiben, wie sie zuletzt gezählt wurden: ihre Personen gingen mit dem Ablauf der Aufbewahrung.';
comment on column zahl.eingefroren.monat is 'Erster Tag des Monats.';
comment on column zahl.eingefroren.seit_am is 'Seit wann er nicht mehr gezählt wird.';
comment on column zahl.eingefroren.regelwerk_nr is 'Regelwerk der letzten Zählung des Monats.';
comment on column zahl.eingefroren.gezaehlt_am is 'Zeitpunkt der letzten Zählung des Monats.';

grant select, insert, update, delete on betrieb.aufbewahrung_sperre, zahl.entfernt, zahl.eingefroren to zaehlbar_lader;
grant usage on sequence betrieb.aufbewahrung_sperre_sperre_nr_seq to zaehlbar_lader;
grant select on betrieb.aufbewahrung_sperre to zaehlbar_qualitaet;

create or replace view bericht.monatszahlen as
select
    'intern, nicht zur Weitergabe'::text as hinweis,
    z.monat,
    z.stichtag,
    z.jobcenter_nr,
    z.vorhaben_id,
    z.tvp_id,
    z.kategorie,
    k.name as kategorie_name,
    z.teilnahmen,
    z.personen,
    z.eintritte,
    z.eintritte_zaehlbar,
    z.austritte,
    z.bestand,
    z.bestand_personen,
    z.bestand_aktiv,
    z.personen_unter_schwelle,
    z.ausgetreten,
    z.geblieben,
    round(z.dauer_min / 60.0, 2) as stunden,
    case
        when
            (z.monat + interval '1 month' + make_interval(months => r.vorlaeufig_monate))::date
            <= coalesce(e.gezaehlt_am, c.gezaehlt_am)::date
            then 'endgültig'
        else 'vorläufig'
    end as stand,
    'Ergänzende Größe: Teilnahmen an BIWAQ (freiwillig; nicht Teil von K3E2 nach § 48a SGB II; nicht addierbar)'::text
        as abgrenzung,
    case when r.kategorien_abgestimmt then 'abgestimmt' else 'Vorschlag, nicht abgestimmt' end as zuordnung_stand,
    r.kategorien_version,
    r.zaehlregeln_version,
    r.kalender_version,
    r.betriebsmodell,
    a.erwartet as lieferungen_erwartet,
    a.eingegangen as lieferungen_eingegangen,
    z.bekannt_von as seit_lauf,
    r.abgleich_version,
    h.stand_hinweis
from zahl.monatszahl as z
cross join lateral (
    select
        lauf_id,
        regelwerk_nr,
        gezaehlt_am
    from zahl.zaehlung
    order by lauf_id desc
    limit 1
) as c
left join zahl.eingefroren as e on z.monat = e.monat
inner join betrieb.regelwerk as r on coalesce(e.regelwerk_nr, c.regelwerk_nr) = r.regelwerk_nr
left join katalog.kategorie as k on r.kategorien_version = k.version and z.kategorie = k.kategorie
left join lateral (
    select
        sum(erwartet)::integer as erwartet,
        sum(eingegangen)::integer as eingegangen
    from bericht.abdeckung as d
    where d.monat = z.monat and (z.vorhaben_id = '*' or d.vorhaben_id = z.vorhaben_id)
) as a on true
cross join lateral (
    select nullif(concat_ws(
        '; ',
        case when e.monat is not null then 'Stand vor Ablauf der Aufbewahrung' end,
        case
            when exists (
                select from zahl.entfernt as w
                where w.monat = z.monat and w.entfernt_am < coalesce(e.gezaehlt_am, c.gezaehlt_am)
            )
                then 'Nachzählung ohne inzwischen entfernte Personen'
        end
    ), '') as stand_hinweis
) as h
where z.bekannt_bis is null;
comment on view bericht.monatszahlen is 'Geltende interne Monatszahlen mit Regeln, Abdeckung und Abgrenzung. Intern, nicht zur Weitergabe.';
comment on column bericht.monatszahlen.stand_hinweis is 'Was zum Stand zu sagen ist, wenn Personen des Monats inzwischen entfernt sind: nachgezählt ohne sie, oder stehen geblieben, wie vor dem Ablauf der Aufbewahrung gezählt. Nur intern.';

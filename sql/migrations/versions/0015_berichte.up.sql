-- Report views, and what they need: sums a partner declares, places per delivery, optional tables of the site.

create table betrieb.lieferung_summe (
    lieferung_nr integer not null references betrieb.lieferung (lieferung_nr) on delete cascade,
    summe text not null,
    anzahl integer not null check (anzahl >= 0),
    primary key (lieferung_nr, summe)
);
comment on table betrieb.lieferung_summe is 'Summen aus ESF-Monitoring und DATES III, die ein Partner im Begleitblatt seiner Lieferung nennt. Freiwillig; zum Abgleich, nie gezählt.';
comment on column betrieb.lieferung_summe.lieferung_nr is 'Lieferung.';
comment on column betrieb.lieferung_summe.summe is 'Feld des Begleitblatts, z. B. dates_teilnahmen.';
comment on column betrieb.lieferung_summe.anzahl is 'Genannte Anzahl.';

create table kern.platz (
    lieferung_nr integer not null references betrieb.lieferung (lieferung_nr) on delete cascade,
    angebot_id text not null,
    titel text,
    quartier_id text,
    plaetze integer,
    plaetze_frei integer,
    gueltig_bis date,
    primary key (lieferung_nr, angebot_id)
);
comment on table kern.platz is 'Plätze je Angebot, wie jede geladene Lieferung sie nennt: der Stand am Ende ihres Zeitraums. Das Verzeichnis selbst kennt nur den jüngsten Stand. Keine Personen.';
comment on column kern.platz.lieferung_nr is 'Lieferung.';
comment on column kern.platz.angebot_id is 'Kennung des Angebots beim Partner.';
comment on column kern.platz.titel is 'Name des Angebots.';
comment on column kern.platz.quartier_id is 'Quartier, in dem es stattfindet.';
comment on column kern.platz.plaetze is 'Zahl der Plätze; leer: nicht angegeben.';
comment on column kern.platz.plaetze_frei is 'Zahl der freien Plätze; leer: nicht angegeben.';
comment on column kern.platz.gueltig_bis is 'Bis wann die Angaben stimmen.';

create view katalog.kennzahl as
select
    k.kennzahl,
    k.name,
    'https://www.sgb2.info'::text as quelle
from (values
    ('K1', 'Veränderung der Summe der Leistungen zum Lebensunterhalt (ohne Kosten der Unterkunft)'),
    ('K1E1', 'Veränderung der Summe der Leistungen für Unterkunft und Heizung'),
    ('K1E2', 'Veränderung der Zahl der erwerbsfähigen Leistungsberechtigten'),
    ('K1E3', 'Durchschnittliche Zugangsrate der erwerbsfähigen Leistungsberechtigten'),
    ('K1E4', 'Durchschnittliche Abgangsrate der erwerbsfähigen Leistungsberechtigten'),
    ('K2', 'Integrationsquote'),
    ('K2E1', 'Quote der Eintritte in geringfügige Beschäftigung'),
    ('K2E2', 'Quote der Eintritte in öffentlich geförderte Beschäftigung'),
    ('K2E3', 'Quote der kontinuierlichen Beschäftigung nach Integration'),
    ('K2E4', 'Integrationsquote der Alleinerziehenden'),
    ('K3', 'Veränderung des Bestands an Langzeitleistungsbeziehern'),
    ('K3E1', 'Integrationsquote der Langzeitleistungsbezieher'),
    ('K3E2', 'Aktivierungsquote der Langzeitleistungsbezieher'),
    ('K3E3', 'Durchschnittliche Zugangsrate der Langzeitleistungsbezieher'),
    ('K3E4', 'Durchschnittliche Abgangsrate der Langzeitleistungsbezieher')
) as k (kennzahl, name);
comment on view katalog.kennzahl is 'Kennzahlen und Ergänzungsgrößen nach § 48a SGB II: nur Name und Fundstelle. Keine Zahl von uns gehört zu ihnen.';
comment on column katalog.kennzahl.kennzahl is 'Code, z. B. K3E2.';
comment on column katalog.kennzahl.name is 'Amtlicher Name.';
comment on column katalog.kennzahl.quelle is 'Wo sie veröffentlicht wird.';

create view katalog.k3e2_massnahme as
select
    m.rechtsgrundlage,
    m.zaehlt,
    m.begruendung,
    null::date as gueltig_ab,
    m.gueltig_bis::date as gueltig_bis,
    'April 2026; die Änderung vom 12.06.2026 ist nicht gelesen'::text as gelesen,
    'https://www.gesetze-im-internet.de/sgb2_48afkv/'::text as quelle
from (values
    ('§ 16 SGB II (darunter Maßnahmen nach § 45 SGB III bei Trägern und Arbeitgebern)', true, 'genannt', null),
    ('§ 16d SGB II (Arbeitsgelegenheiten)', true, 'genannt', null),
    ('§ 16e SGB II in der Fassung bis 31.12.2018', true, 'genannt', '2018-12-31'),
    ('§ 16f SGB II (Freie Förderung)', true, 'genannt', null),
    ('§ 16i SGB II (Teilhabe am Arbeitsmarkt)', true, 'genannt', null),
    ('Bundesprogramm Soziale Teilhabe am Arbeitsmarkt', true, 'genannt', null),
    ('§ 44 SGB III (Vermittlungsbudget)', false, 'ausdrücklich ausgenommen', null),
    ('§§ 88 bis 90 SGB III, §§ 16b und 16e SGB II, ESF-Programm für Langzeitarbeitslose', false, 'beschäftigungsbegleitend (Nr. 2)', null),
    ('§ 16a SGB II (kommunale Leistungen)', false, 'nicht in der Liste', null),
    ('§§ 16h und 16k SGB II', false, 'nicht in der Liste', null),
    ('BIWAQ und andere Programme von ESF, Land oder Dritten', false, 'nicht in der Liste', null)
) as m (rechtsgrundlage, zaehlt, begruendung, gueltig_bis);
comment on view katalog.k3e2_massnahme is 'Was nach § 2 Abs. 2 Nr. 1 der Verordnung zu § 48a SGB II als Maßnahme in K3E2 zählt: eine geschlossene Liste, gelesen mit Stand April 2026. Die Änderung vom 12.06.2026 (BGBl. 2026 I Nr. 175) ist nicht gelesen und kann sie ändern. BIWAQ steht nicht darin.';
comment on column katalog.k3e2_massnahme.rechtsgrundlage is 'Leistung oder Programm.';
comment on column katalog.k3e2_massnahme.zaehlt is 'Ob sie in der Liste steht.';
comment on column katalog.k3e2_massnahme.begruendung is 'Warum (nicht).';
comment on column katalog.k3e2_massnahme.gueltig_ab is 'Gilt ab; leer: seit es die Verordnung gibt.';
comment on column katalog.k3e2_massnahme.gueltig_bis is 'Gilt bis einschließlich; leer: in der gelesenen Fassung.';
comment on column katalog.k3e2_massnahme.gelesen is 'Stand der gelesenen Fassung.';
comment on column katalog.k3e2_massnahme.quelle is 'Fundstelle.';

create table katalog.amtliche_kennzahl (
    jobcenter_nr text not null,
    kennzahl text not null,
    monat date not null check (extract(day from monat) = 1),
    wert numeric not null,
    einheit text not null,
    quelle text not null,
    abruf date not null,
    version text not null,
    primary key (jobcenter_nr, kennzahl, monat)
);
comment on table katalog.amtliche_kennzahl is 'Veröffentlichte Werte amtlicher Kennzahlen (kennzahlen.yaml der Site). Sie stehen neben unseren Zahlen, nie in ihnen.';
comment on column katalog.amtliche_kennzahl.jobcenter_nr is 'Jobcenter.';
comment on column katalog.amtliche_kennzahl.kennzahl is 'Kennzahl oder Ergänzungsgröße.';
comment on column katalog.amtliche_kennzahl.monat is 'Erster Tag des Berichtsmonats.';
comment on column katalog.amtliche_kennzahl.wert is 'Veröffentlichter Wert.';
comment on column katalog.amtliche_kennzahl.einheit is 'Prozent, Index oder Anzahl.';
comment on column katalog.amtliche_kennzahl.quelle is 'Fundstelle.';
comment on column katalog.amtliche_kennzahl.abruf is 'Tag, an dem der Wert gelesen wurde.';
comment on column katalog.amtliche_kennzahl.version is 'Version der Site-Datei.';

create table katalog.amtlicher_bestand (
    jobcenter_nr text not null,
    groesse text not null,
    monat date not null check (extract(day from monat) = 1),
    bestand integer not null check (bestand >= 0),
    zugang integer not null check (zugang >= 0),
    abgang integer not null check (abgang >= 0),
    quelle text not null,
    abruf date not null,
    version text not null,
    primary key (jobcenter_nr, groesse, monat)
);
comment on table katalog.amtlicher_bestand is 'Veröffentlichte Monate eines Jobcenters mit Bestand, Zugang und Abgang (kennzahlen.yaml der Site).';
comment on column katalog.amtlicher_bestand.jobcenter_nr is 'Jobcenter.';
comment on column katalog.amtlicher_bestand.groesse is 'Was gezählt wird, in den Worten der Quelle.';
comment on column katalog.amtlicher_bestand.monat is 'Erster Tag des Berichtsmonats.';
comment on column katalog.amtlicher_bestand.bestand is 'Veröffentlichter Bestand.';
comment on column katalog.amtlicher_bestand.zugang is 'Veröffentlichter Zugang.';
comment on column katalog.amtlicher_bestand.abgang is 'Veröffentlichter Abgang.';
comment on column katalog.amtlicher_bestand.quelle is 'Fundstelle.';
comment on column katalog.amtlicher_bestand.abruf is 'Tag, an dem gelesen wurde.';
comment on column katalog.amtlicher_bestand.version is 'Version der Site-Datei.';

create table katalog.jobcenter_rueckmeldung (
    jobcenter_nr text not null,
    monat date not null check (extract(day from monat) = 1),
    empfehlungen integer check (empfehlungen >= 0),
    massnahmestarts_geplant integer check (massnahmestarts_geplant >= 0),
    quelle text not null,
    erhalten_am date not null,
    version text not null,
    primary key (jobcenter_nr, monat)
);
comment on table katalog.jobcenter_rueckmeldung is 'Was ein Jobcenter je Monat als Summe zurückgibt (rueckmeldung.yaml der Site): der Austausch geht in beide Richtungen.';
comment on column katalog.jobcenter_rueckmeldung.jobcenter_nr is 'Jobcenter.';
comment on column katalog.jobcenter_rueckmeldung.monat is 'Erster Tag des Monats.';
comment on column katalog.jobcenter_rueckmeldung.empfehlungen is 'Ausgesprochene Empfehlungen und Zuweisungen zu BIWAQ; leer: nicht genannt.';
comment on column katalog.jobcenter_rueckmeldung.massnahmestarts_geplant is 'Geplante Starts eigener Maßnahmen des Jobcenters; leer: nicht genannt.';
comment on column katalog.jobcenter_rueckmeldung.quelle is 'Von welcher Funktion, auf welchem Weg.';
comment on column katalog.jobcenter_rueckmeldung.erhalten_am is 'Tag des Eingangs.';
comment on column katalog.jobcenter_rueckmeldung.version is 'Version der Site-Datei.';

create table katalog.zielgruppe_vergleich (
    angabe text not null,
    auspraegung text not null,
    gueltig_ab date not null,
    gueltig_bis date,
    anteil numeric not null check (anteil between 0 and 1),
    quelle text not null,
    version text not null,
    primary key (angabe, auspraegung, gueltig_ab)
);
comment on table katalog.zielgruppe_vergleich is 'Vergleichswerte der Zielgruppenerreichung (zielgruppen.yaml der Site), nur zu Angaben des ESF-Fragebogens.';
comment on column katalog.zielgruppe_vergleich.angabe is 'Angabe, z. B. langzeitarbeitslos.';
comment on column katalog.zielgruppe_vergleich.auspraegung is 'Ausprägung, um deren Anteil es geht.';
comment on column katalog.zielgruppe_vergleich.gueltig_ab is 'Gültig ab.';
comment on column katalog.zielgruppe_vergleich.gueltig_bis is 'Gültig bis einschließlich; leer: bis auf Weiteres.';
comment on column katalog.zielgruppe_vergleich.anteil is 'Anteil, 0 bis 1.';
comment on column katalog.zielgruppe_vergleich.quelle is 'Fundstelle, und wessen Anteil es ist.';
comment on column katalog.zielgruppe_vergleich.version is 'Version der Site-Datei.';

create view katalog.angabe as
select
    a.angabe,
    a.bezeichnung,
    a.bericht,
    a.reihenfolge,
    a.zielgruppe
from (values
    ('altersgruppe_eintritt', 'Alter bei Eintritt', 'zusammensetzung', 10, true),
    ('geschlecht', 'Geschlecht', 'zusammensetzung', 20, true),
    ('erwerbsstatus_eintritt', 'Erwerbsstatus bei Eintritt (ESF-Angabe)', 'zusammensetzung', 30, true),
    ('langzeitarbeitslos', 'Langzeitarbeitslos bei Eintritt (ESF-Angabe)', 'zusammensetzung', 31, true),
    ('rechtskreis', 'Rechtskreis bei Eintritt', 'zusammensetzung', 35, false),
    ('schulabschluss', 'Höchster Schulabschluss', 'zusammensetzung', 40, true),
    ('berufsabschluss', 'Höchster Berufs- oder Studienabschluss', 'zusammensetzung', 41, true),
    ('herkunft_ausl', 'Ausländische Herkunft (ESF-Angabe)', 'zusammensetzung', 50, true),
    ('drittstaat', 'Drittstaatsangehörig (ESF-Angabe)', 'zusammensetzung', 51, true),
    ('sprache_stufe', 'Deutschniveau bei Eintritt', 'zusammensetzung', 52, false),
    ('alleinerziehend', 'Alleinerziehend', 'zusammensetzung', 60, false),
    ('wohnungslos', 'Wohnungslos oder von Ausgrenzung betroffen (ESF-Angabe)', 'zusammensetzung', 61, true),
    ('hemmnisse', 'Zahl der Handlungsbedarfe bei Eintritt', 'zusammensetzung', 70, false),
    ('quartier', 'Wohnquartier', 'zusammensetzung', 80, false),
    ('zugangsweg', 'Zugangsweg', 'zugangswege', 10, false),
    ('jc_massnahme_parallel', 'Parallele Maßnahme des Jobcenters (Selbstauskunft)', 'ueberschneidungen', 10, false),
    ('austritt_grund', 'Wechsel in eine Maßnahme des Jobcenters', 'ueberschneidungen', 20, false),
    ('vorher', 'Was vorher war', 'anschluss', 10, false),
    ('beschfaehigkeit_erhoeht', 'Beschäftigungsfähigkeit erhöht (bei Austritt)', 'anschluss', 20, false),
    ('erg_qualifikation', 'Unmittelbar nach Austritt: Qualifizierung erlangt', 'anschluss', 30, false),
    ('erg_bildung', 'Unmittelbar nach Austritt: schulische oder berufliche Bildung', 'anschluss', 31, false),
    ('erg_arbeitsuche', 'Unmittelbar nach Austritt: auf Arbeitsuche', 'anschluss', 32, false),
    ('anschluss', 'Angegebener Anschluss', 'anschluss', 40, false),
    ('erg_6m_verbessert', 'ESF-Angabe nach 6 Monaten: Lage verbessert', 'anschluss', 50, false),
    ('erg_arbeit', 'Unmittelbar nach Austritt: Arbeitsplatz, auch selbständig', 'anschluss', 60, false),
    ('erg_6m_arbeit', 'ESF-Angabe nach 6 Monaten: Arbeitsplatz', 'anschluss', 61, false)
) as a (angabe, bezeichnung, bericht, reihenfolge, zielgruppe);
comment on view katalog.angabe is 'Wie eine Angabe in Berichten heißt und in welchem sie steht.';
comment on column katalog.angabe.angabe is 'Name wie in zahl.angabenzahl.';
comment on column katalog.angabe.bezeichnung is 'Bezeichnung in Berichten.';
comment on column katalog.angabe.bericht is 'Sicht, die sie zeigt.';
comment on column katalog.angabe.reihenfolge is 'Reihenfolge im Bericht.';
comment on column katalog.angabe.zielgruppe is 'Ob die Zielgruppenerreichung sie betrachtet (nur Angaben des ESF-Fragebogens).';

-- Same columns first, so that what reads them keeps working.
create or replace view bericht.abdeckung as
select
    m.monat::date as monat,
    t.vorhaben_id,
    count(*)::integer as erwartet,
    (count(*) filter (where g.status = 'geladen'))::integer as eingegangen,
    'intern, nicht zur Weitergabe'::text as hinweis,
    coalesce(sum(g.bekannt), 0)::integer as teilnahmen_bekannt,
    coalesce(sum(g.geladen), 0)::integer as teilnahmen_geladen
from katalog.tvp as t
cross join lateral generate_series(date_trunc('month', t.von), t.bis, interval '1 month') as m (monat)
left join lateral (
    select
        l.status,
        b.gefunden - b.doppelt as bekannt,
        b.neu + b.geaendert + b.unveraendert + b.ueberholt as geladen
    from betrieb.lieferung as l
    left join betrieb.bilanz as b on l.lieferung_nr = b.lieferung_nr and b.tabelle = 'teilnahme'
    where
        l.status in ('geladen', 'angehalten')
        and l.vorhaben_id = t.vorhaben_id
        and l.tvp_id = t.tvp_id
        and l.zeitraum_von <= (m.monat + interval '1 month' - interval '1 day')::date
        and l.zeitraum_bis >= (m.monat + interval '1 month' - interval '1 day')::date
    order by l.status desc, l.zeitraum_bis desc, l.version desc, l.lieferung_id desc
    limit 1
) as g on true
group by 1, 2;
comment on view bericht.abdeckung is 'Worauf ein Monat beruht: auf wie vielen der erwarteten Lieferungen (ein Partner mit geladener Lieferung, die den Monat abdeckt, zählt als eingegangen) und auf wie vielen der bekannten Teilnahmen. Für einen Partner spricht die höchstrangige geladene Lieferung, die den Monat abdeckt, sonst die höchstrangige angehaltene. Alle Partner eines Vorhabens zusammen, nie je Partner. Intern, nicht zur Weitergabe.';
comment on column bericht.abdeckung.hinweis is 'Jede Ausgabe trägt diesen Hinweis.';
comment on column bericht.abdeckung.teilnahmen_bekannt is 'Teilnahmen, die diese Lieferungen nennen (gefundene Zeilen ohne doppelte): auch zurückgewiesene, ohne Einwilligung, abgelaufene und angehaltene. Nur intern, nie für Jobcenter: daraus ergibt sich, wie viele einwilligen.';
comment on column bericht.abdeckung.teilnahmen_geladen is 'Davon im Lager, also gezählt. Nur intern.';

create view zahl.zeitraum as
select
    z.zeitraum,
    m.beginn::date as beginn,
    (m.beginn + z.dauer - interval '1 day')::date as ende
from (values
    ('monat', interval '1 month', 1),
    ('quartal', interval '3 months', 3),
    ('zwoelf_monate', interval '12 months', 3),
    ('jahr', interval '12 months', 12)
) as z (zeitraum, dauer, schritt)
cross join lateral generate_series(
    timestamp '2007-01-01', (now() at time zone 'Europe/Berlin') + interval '12 months', make_interval(months => z.schritt)
) as m (beginn);

comment on view zahl.zeitraum is 'Alle Zeiträume, für die gezählt wird: Monate, Quartale, zwölf Monate bis zu einem Quartalsende, Jahre.';

create view zahl.rahmen as
select
    p.zeitraum,
    p.beginn,
    p.ende,
    r.regelwerk_nr,
    case
        when
            (p.ende + interval '1 day' + make_interval(months => r.vorlaeufig_monate))::date
            <= (now() at time zone 'Europe/Berlin')::date
            then 'endgültig'
        else 'vorläufig'
    end as stand,
    nullif(concat_ws(
        '; ',
        case when e.gezaehlt_am is not null then 'Stand vor Ablauf der Aufbewahrung' end,
        case
            when exists (
                select from zahl.entfernt as w
                where
                    w.monat between p.beginn and p.ende
                    and w.entfernt_am < coalesce(e.gezaehlt_am, c.gezaehlt_am)
            )
                then 'Nachzählung ohne inzwischen entfernte Personen'
        end
    ), '') as stand_hinweis,
    'Ergänzende Größe: Teilnahmen an BIWAQ (freiwillig; nicht Teil von K3E2 nach § 48a SGB II; nicht addierbar)'::text
        as abgrenzung,
    r.abstimmung as zuordnung_stand,
    r.kategorien_version,
    r.zaehlregeln_version,
    r.kalender_version,
    r.abgleich_version,
    r.betriebsmodell
from zahl.zeitraum as p
cross join (
    select
        regelwerk_nr,
        gezaehlt_am
    from zahl.zaehlung
    order by lauf_id desc
    limit 1
) as c
left join lateral (
    select
        f.regelwerk_nr,
        f.gezaehlt_am
    from zahl.eingefroren as f
    where f.monat between p.beginn and p.ende
    order by f.gezaehlt_am
    limit 1
) as e on true
inner join betrieb.regelwerk as r on coalesce(e.regelwerk_nr, c.regelwerk_nr) = r.regelwerk_nr;

comment on view zahl.rahmen is 'Was jede Zahl eines Zeitraums über sich sagt: Stand am Tag des Lesens, Abgrenzung und die Regeln der letzten Zählung. Enthält ein Zeitraum einen Monat, der nicht mehr gezählt wird, gelten die Regeln, unter denen er zuletzt gezählt wurde.';
comment on column zahl.rahmen.regelwerk_nr is 'Regelwerk der Zählung.';

create view zahl.zeitraum_abdeckung as
select
    p.zeitraum,
    p.beginn,
    coalesce(d.vorhaben_id, '*') as vorhaben_id,
    sum(d.erwartet)::integer as erwartet,
    sum(d.eingegangen)::integer as eingegangen,
    coalesce(sum(d.teilnahmen_bekannt) filter (where d.monat = date_trunc('month', p.ende)), 0)::integer
        as teilnahmen_bekannt,
    coalesce(sum(d.teilnahmen_geladen) filter (where d.monat = date_trunc('month', p.ende)), 0)::integer
        as teilnahmen_geladen
from bericht.abdeckung as d
inner join zahl.zeitraum as p on d.monat between p.beginn and p.ende
group by grouping sets ((p.zeitraum, p.beginn, d.vorhaben_id), (p.zeitraum, p.beginn));

comment on view zahl.zeitraum_abdeckung is 'bericht.abdeckung je Zeitraum: Lieferungen über seine Monate zusammen, Teilnahmen nach dem Stand seines letzten Monats.';
comment on column zahl.zeitraum_abdeckung.erwartet is 'Erwartete Lieferungen.';
comment on column zahl.zeitraum_abdeckung.eingegangen is 'Davon geladen.';

-- vorläufig or endgültig on the day it is read, not on that of the last count; and how many participants are known.
create or replace view bericht.figuren as
with abdeckung as materialized (
    select
        a.monat,
        a.vorhaben_id,
        v.land,
        a.erwartet,
        a.eingegangen,
        a.teilnahmen_bekannt,
        a.teilnahmen_geladen
    from bericht.abdeckung as a
    inner join katalog.vorhaben as v on a.vorhaben_id = v.vorhaben_id
),

spanne as materialized (
    select
        s.zeitraum,
        s.beginn,
        s.land,
        s.vorhaben_id,
        sum(d.erwartet)::integer as erwartet,
        sum(d.eingegangen)::integer as eingegangen,
        coalesce(sum(d.teilnahmen_bekannt) filter (where d.monat = date_trunc('month', s.ende)), 0)::integer
            as teilnahmen_bekannt,
        coalesce(sum(d.teilnahmen_geladen) filter (where d.monat = date_trunc('month', s.ende)), 0)::integer
            as teilnahmen_geladen
    from (
        select distinct
            zeitraum,
            beginn,
            ende,
            land,
            vorhaben_id
        from zahl.figur
        where bekannt_bis is null
    ) as s
    inner join abdeckung as d
        on
            d.monat between s.beginn and s.ende
            and (s.land = '*' or d.land = s.land)
            and (s.vorhaben_id = '*' or d.vorhaben_id = s.vorhaben_id)
    group by s.zeitraum, s.beginn, s.land, s.vorhaben_id
)

select
    'intern, nicht zur Weitergabe'::text as hinweis,
    z.zeitraum,
    z.beginn,
    z.ende,
    z.stichtag,
    z.land,
    z.jobcenter_nr,
    z.vorhaben_id,
    z.quartier_id,
    z.tvp_id,
    z.kategorie,
    k.name as kategorie_name,
    z.teilnahmen,
    z.personen,
    z.eintritte,
    z.eintritte_zaehlbar,
    z.austritte,
    z.austritte_zaehlbar,
    z.bestand,
    z.bestand_personen,
    z.bestand_zaehlbar,
    z.bestand_aktiv,
    z.personen_unter_schwelle,
    z.teilnahmen_parallel,
    z.personen_parallel,
    z.ausgetreten,
    z.geblieben,
    round(z.dauer_min / 60.0, 2) as stunden,
    case
        when
            (z.ende + interval '1 day' + make_interval(months => r.vorlaeufig_monate))::date
            <= (now() at time zone 'Europe/Berlin')::date
            then 'endgültig'
        else 'vorläufig'
    end as stand,
    nullif(concat_ws(
        '; ',
        case when e.gezaehlt_am is not null then 'Stand vor Ablauf der Aufbewahrung' end,
        case
            when exists (
                select from zahl.entfernt as w
                where
                    w.monat between z.beginn and z.ende
                    and w.entfernt_am < coalesce(e.gezaehlt_am, c.gezaehlt_am)
            )
                then 'Nachzählung ohne inzwischen entfernte Personen'
        end
    ), '') as stand_hinweis,
    'Ergänzende Größe: Teilnahmen an BIWAQ (freiwillig; nicht Teil von K3E2 nach § 48a SGB II; nicht addierbar)'::text
        as abgrenzung,
    r.abstimmung as zuordnung_stand,
    r.kategorien_version,
    r.zaehlregeln_version,
    r.kalender_version,
    r.abgleich_version,
    r.betriebsmodell,
    a.erwartet as lieferungen_erwartet,
    a.eingegangen as lieferungen_eingegangen,
    z.bekannt_von as seit_lauf,
    a.teilnahmen_bekannt,
    a.teilnahmen_geladen
from zahl.figur as z
cross join lateral (
    select
        lauf_id,
        regelwerk_nr,
        gezaehlt_am
    from zahl.zaehlung
    order by lauf_id desc
    limit 1
) as c
-- A period that has a month no longer counted was counted last before the first of them went.
left join lateral (
    select
        f.regelwerk_nr,
        f.gezaehlt_am
    from zahl.eingefroren as f
    where f.monat between z.beginn and z.ende
    order by f.gezaehlt_am
    limit 1
) as e on true
inner join betrieb.regelwerk as r on coalesce(e.regelwerk_nr, c.regelwerk_nr) = r.regelwerk_nr
left join katalog.kategorie as k on r.kategorien_version = k.version and z.kategorie = k.kategorie
left join spanne as a
    on z.zeitraum = a.zeitraum and z.beginn = a.beginn and z.land = a.land and z.vorhaben_id = a.vorhaben_id
where z.bekannt_bis is null;

create or replace view bericht.monatszahlen as
select
    z.hinweis,
    z.beginn as monat,
    z.stichtag,
    z.jobcenter_nr,
    z.vorhaben_id,
    z.tvp_id,
    z.kategorie,
    z.kategorie_name,
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
    z.stunden,
    z.stand,
    z.abgrenzung,
    z.zuordnung_stand,
    z.kategorien_version,
    z.zaehlregeln_version,
    z.kalender_version,
    z.betriebsmodell,
    z.lieferungen_erwartet,
    z.lieferungen_eingegangen,
    z.seit_lauf,
    z.abgleich_version,
    z.stand_hinweis,
    z.austritte_zaehlbar,
    z.bestand_zaehlbar,
    z.teilnahmen_parallel,
    z.personen_parallel,
    z.teilnahmen_bekannt,
    z.teilnahmen_geladen
from bericht.figuren as z
where z.zeitraum = 'monat' and z.land = '*' and z.quartier_id = '*';

create view bericht.zeitraumzahlen as
select
    z.hinweis,
    z.zeitraum,
    z.beginn,
    z.ende,
    z.stichtag,
    z.jobcenter_nr,
    z.vorhaben_id,
    z.quartier_id,
    z.kategorie,
    z.kategorie_name,
    z.teilnahmen,
    z.personen,
    z.eintritte,
    z.eintritte_zaehlbar,
    z.austritte,
    z.austritte_zaehlbar,
    z.bestand,
    z.bestand_personen,
    z.bestand_zaehlbar,
    z.bestand_aktiv,
    z.personen_unter_schwelle,
    z.teilnahmen_parallel,
    z.personen_parallel,
    z.stunden,
    z.stand,
    z.stand_hinweis,
    z.abgrenzung,
    z.zuordnung_stand,
    z.kategorien_version,
    z.zaehlregeln_version,
    z.kalender_version,
    z.abgleich_version,
    z.betriebsmodell,
    z.lieferungen_erwartet,
    z.lieferungen_eingegangen,
    z.teilnahmen_bekannt,
    z.teilnahmen_geladen
from bericht.figuren as z
where z.zeitraum <> 'monat' and z.land = '*' and z.tvp_id = '*';

comment on view bericht.zeitraumzahlen is 'Quartale, zwölf Monate (bis zu jedem Quartalsende) und Jahre je Jobcenter, Vorhaben, Quartier und Kategorie: jeder Zeitraum für sich gezählt, nie aus Monaten summiert (eine Person, die in drei Monaten da war, ist im Quartal eine). Alle Partner zusammen. Kategorien überschneiden sich und ergeben nicht die Summe. Intern, nicht zur Weitergabe.';
comment on column bericht.zeitraumzahlen.kategorie is 'Kategorie; * = alle Teilnahmen.';
comment on column bericht.zeitraumzahlen.kategorie_name is 'Bezeichnung der Kategorie; leer bei *.';
comment on column bericht.zeitraumzahlen.teilnahmen is 'Im Zeitraum laufende Teilnahmen; je Kategorie: mit Aktivität der Kategorie.';
comment on column bericht.zeitraumzahlen.personen is 'Verschiedene Personen dieser Teilnahmen.';
comment on column bericht.zeitraumzahlen.eintritte is 'Formale Eintritte von Stichtag zu Stichtag.';
comment on column bericht.zeitraumzahlen.eintritte_zaehlbar is 'Zählbare Eintritte: der Tag, an dem die Stundenschwelle erreicht wird.';
comment on column bericht.zeitraumzahlen.austritte is 'Austritte von Stichtag zu Stichtag.';
comment on column bericht.zeitraumzahlen.austritte_zaehlbar is 'Austritte zählbarer Teilnahmen.';
comment on column bericht.zeitraumzahlen.bestand is 'Teilnahmen am Stichtag.';
comment on column bericht.zeitraumzahlen.bestand_personen is 'Personen am Stichtag.';
comment on column bericht.zeitraumzahlen.bestand_zaehlbar is 'Zählbare Teilnahmen am Stichtag.';
comment on column bericht.zeitraumzahlen.bestand_aktiv is 'Davon aktiv; leer: abgeschaltet.';
comment on column bericht.zeitraumzahlen.personen_unter_schwelle is 'Erreichte Personen unter der Stundenschwelle; leer: abgeschaltet.';
comment on column bericht.zeitraumzahlen.teilnahmen_parallel is 'Überschneidung: Teilnahmen mit paralleler Maßnahme des Jobcenters.';
comment on column bericht.zeitraumzahlen.personen_parallel is 'Überschneidung: Personen mit paralleler Maßnahme des Jobcenters.';
comment on column bericht.zeitraumzahlen.stunden is 'Stunden der Aktivitäten.';

create view bericht.zusammensetzung as
select
    'intern, nicht zur Weitergabe'::text as hinweis,
    z.zeitraum,
    z.beginn,
    z.ende,
    z.jobcenter_nr,
    z.vorhaben_id,
    z.quartier_id,
    z.angabe,
    n.bezeichnung as angabe_name,
    z.auspraegung,
    coalesce(q.name, b.bezeichnung, case z.auspraegung when 'j' then 'ja' when 'n' then 'nein' else z.auspraegung end) as auspraegung_name,
    z.teilnahmen,
    z.personen,
    z.eintritte,
    z.bestand,
    n.reihenfolge,
    r.stand,
    r.stand_hinweis,
    r.abgrenzung,
    r.zuordnung_stand,
    r.kategorien_version,
    r.zaehlregeln_version,
    r.kalender_version,
    r.abgleich_version,
    r.betriebsmodell,
    a.erwartet as lieferungen_erwartet,
    a.eingegangen as lieferungen_eingegangen,
    a.teilnahmen_bekannt,
    a.teilnahmen_geladen
from zahl.angabenzahl as z
inner join katalog.angabe as n on z.angabe = n.angabe and n.bericht = 'zusammensetzung'
inner join zahl.rahmen as r on z.zeitraum = r.zeitraum and z.beginn = r.beginn
left join zahl.zeitraum_abdeckung as a
    on z.zeitraum = a.zeitraum and z.beginn = a.beginn and z.vorhaben_id = a.vorhaben_id
left join katalog.bezeichnung as b
    on
        r.regelwerk_nr = b.regelwerk_nr
        and b.art = case when z.angabe = 'quartier' then 'quartier_id' else z.angabe end
        and z.auspraegung = b.code
        and r.ende >= b.gueltig_ab
        and (b.gueltig_bis is null or r.ende <= b.gueltig_bis)
left join katalog.quartier as q
    on z.angabe = 'quartier' and z.vorhaben_id = q.vorhaben_id and z.auspraegung = q.quartier_id
where z.bekannt_bis is null and z.tvp_id = '*';

comment on view bericht.zusammensetzung is 'Wer teilnimmt, eine Angabe auf einmal, nie zwei gekreuzt: Alter bei Eintritt, Geschlecht (weiblich, übrige), langzeitarbeitslos bei Eintritt (ESF-Angabe: über 12 Monate arbeitslos gemeldet; nicht die Dauer des Leistungsbezugs), Abschlüsse, Herkunft, Zahl der Handlungsbedarfe. Die Ausprägungen einer Angabe ergeben bei Teilnahmen, Eintritten und Bestand die Summe; Personen mit zwei Teilnahmen können in zweien stehen. Intern, nicht zur Weitergabe.';
comment on column bericht.zusammensetzung.angabe is 'Angabe.';
comment on column bericht.zusammensetzung.angabe_name is 'Bezeichnung der Angabe.';
comment on column bericht.zusammensetzung.auspraegung is 'Code der Ausprägung; ohne Angabe = nicht geliefert.';
comment on column bericht.zusammensetzung.auspraegung_name is 'Bezeichnung der Ausprägung am letzten Tag des Zeitraums.';
comment on column bericht.zusammensetzung.teilnahmen is 'Im Zeitraum laufende Teilnahmen.';
comment on column bericht.zusammensetzung.personen is 'Verschiedene Personen dieser Teilnahmen.';
comment on column bericht.zusammensetzung.eintritte is 'Formale Eintritte von Stichtag zu Stichtag.';
comment on column bericht.zusammensetzung.bestand is 'Teilnahmen am Stichtag.';

create view bericht.aktivitaeten as
select
    'intern, nicht zur Weitergabe'::text as hinweis,
    z.zeitraum,
    z.beginn,
    z.ende,
    z.jobcenter_nr,
    z.vorhaben_id,
    z.quartier_id,
    z.zeile,
    k.gruppe,
    z.kategorie,
    coalesce(b.bezeichnung, k.name, z.kategorie) as kategorie_name,
    k.analog,
    z.teilnahmen,
    z.personen,
    z.stunden,
    z.zaehlweise,
    z.ereignisse,
    z.anzahl,
    (
        case
            when z.zeile = 'ereignis' then 300
            when k.zaehleinheit = 'keine' then 200
            else 100
        end + row_number() over (partition by z.zeitraum, z.beginn, z.jobcenter_nr, z.vorhaben_id, z.quartier_id, z.zeile
            order by array_position(array['K-ZUG', 'K-FEST', 'K-HEMM', 'K-GES', 'K-GRUND', 'K-QUAL', 'K-QUAL+', 'K-PRAX',
                'K-VERM', 'K-STAB', 'K-TEIL'], z.kategorie), z.kategorie, z.zaehlweise)
    )::integer as reihenfolge,
    r.stand,
    r.stand_hinweis,
    r.abgrenzung,
    r.zuordnung_stand,
    r.kategorien_version,
    r.zaehlregeln_version,
    r.kalender_version,
    r.abgleich_version,
    r.betriebsmodell,
    a.erwartet as lieferungen_erwartet,
    a.eingegangen as lieferungen_eingegangen,
    a.teilnahmen_bekannt,
    a.teilnahmen_geladen
from (
    select
        f.zeitraum, f.beginn, f.ende, f.jobcenter_nr, f.vorhaben_id, f.quartier_id, 'kategorie' as zeile, f.kategorie,
        f.teilnahmen, f.personen, round(f.dauer_min / 60.0, 2) as stunden,
        null as zaehlweise, null::integer as ereignisse, null::bigint as anzahl
    from zahl.figur as f
    where f.bekannt_bis is null and f.land = '*' and f.tvp_id = '*' and f.kategorie <> '*'
    union all
    select
        e.zeitraum, e.beginn, e.ende, e.jobcenter_nr, e.vorhaben_id, e.quartier_id, 'ereignis', e.code,
        null, null, null, e.zaehlweise, e.ereignisse, e.anzahl
    from zahl.ereigniszahl as e
    where e.bekannt_bis is null and e.tvp_id = '*' and e.art = 'kategorie'
) as z
inner join zahl.rahmen as r on z.zeitraum = r.zeitraum and z.beginn = r.beginn
left join zahl.zeitraum_abdeckung as a
    on z.zeitraum = a.zeitraum and z.beginn = a.beginn and z.vorhaben_id = a.vorhaben_id
left join katalog.kategorie as k on r.kategorien_version = k.version and z.kategorie = k.kategorie
left join katalog.bezeichnung as b
    on
        r.regelwerk_nr = b.regelwerk_nr
        and b.art = 'kategorie'
        and z.kategorie = b.code
        and r.ende >= b.gueltig_ab
        and (b.gueltig_bis is null or r.ende <= b.gueltig_bis);

comment on view bericht.aktivitaeten is 'Was die Teilnehmenden tun: Teilnahmen, Personen und Stunden je Kategorie, daneben das nächste Instrument der Regelförderung (nur zum Vergleich, keine Kategorie ist eine amtliche Maßnahme). Kategorien überschneiden sich: Personen sind nicht addierbar, Stunden schon. Ereignisse ohne Personenbezug (offene Angebote, Verweise, Kontakte) stehen auf eigenen Zeilen, mit Anzahlen statt Personen, gezählt und geschätzt getrennt. Intern, nicht zur Weitergabe.';
comment on column bericht.aktivitaeten.zeile is 'kategorie (Personen) oder ereignis (ohne Personenbezug).';
comment on column bericht.aktivitaeten.gruppe is 'Kategoriengruppe.';
comment on column bericht.aktivitaeten.kategorie is 'Kategorie; K-0-NZ: Codes ohne Zuordnung.';
comment on column bericht.aktivitaeten.kategorie_name is 'Bezeichnung am letzten Tag des Zeitraums.';
comment on column bericht.aktivitaeten.analog is 'Nächstes Instrument der Regelförderung, nur zum Vergleich.';
comment on column bericht.aktivitaeten.teilnahmen is 'Teilnahmen mit Aktivität der Kategorie im Zeitraum; leer bei Ereignissen.';
comment on column bericht.aktivitaeten.personen is 'Verschiedene Personen dieser Teilnahmen; leer bei Ereignissen.';
comment on column bericht.aktivitaeten.stunden is 'Besuchte Stunden; leer bei Ereignissen.';
comment on column bericht.aktivitaeten.zaehlweise is 'gezaehlt oder geschaetzt; leer bei Kategorien von Personen.';
comment on column bericht.aktivitaeten.ereignisse is 'Zahl der Ereignisse; leer bei Kategorien von Personen.';
comment on column bericht.aktivitaeten.anzahl is 'Besuche, Verweise oder Kontakte, soweit bekannt. Besuche sind keine Personen.';

create view bericht.zwischenschritte as
select
    'intern, nicht zur Weitergabe'::text as hinweis,
    z.zeitraum,
    z.beginn,
    z.ende,
    z.jobcenter_nr,
    z.vorhaben_id,
    z.quartier_id,
    z.code as schritt,
    case when z.code = '*' then 'alle Schritte' else coalesce(b.bezeichnung, z.code) end as schritt_name,
    z.ereignisse as schritte,
    z.personen,
    r.stand,
    r.stand_hinweis,
    r.abgrenzung,
    r.zuordnung_stand,
    r.kategorien_version,
    r.zaehlregeln_version,
    r.kalender_version,
    r.abgleich_version,
    r.betriebsmodell,
    a.erwartet as lieferungen_erwartet,
    a.eingegangen as lieferungen_eingegangen,
    a.teilnahmen_bekannt,
    a.teilnahmen_geladen
from (
    select zeitraum, beginn, ende, jobcenter_nr, vorhaben_id, quartier_id, code, ereignisse, personen
    from zahl.ereigniszahl
    where bekannt_bis is null and tvp_id = '*' and art = 'zwischenschritt'
    union all
    select zeitraum, beginn, ende, jobcenter_nr, vorhaben_id, quartier_id, '*', sum(ereignisse)::integer, null
    from zahl.ereigniszahl
    where bekannt_bis is null and tvp_id = '*' and art = 'zwischenschritt'
    group by zeitraum, beginn, ende, jobcenter_nr, vorhaben_id, quartier_id
) as z
inner join zahl.rahmen as r on z.zeitraum = r.zeitraum and z.beginn = r.beginn
left join zahl.zeitraum_abdeckung as a
    on z.zeitraum = a.zeitraum and z.beginn = a.beginn and z.vorhaben_id = a.vorhaben_id
left join katalog.bezeichnung as b
    on
        r.regelwerk_nr = b.regelwerk_nr
        and b.art = 'zwischenschritt'
        and z.code = b.code
        and r.ende >= b.gueltig_ab
        and (b.gueltig_bis is null or r.ende <= b.gueltig_bis);

comment on view bericht.zwischenschritte is 'Was unterhalb einer Arbeitsaufnahme erreicht wurde: Schritte und Personen je Art des Schritts. Wer zwei Schritte erreicht, steht in beiden Zeilen; die Zeile * sagt, wie viele Schritte es waren (Personen über Arten sind nicht addierbar). Nie Gesundheit, Sucht oder Schulden. Intern, nicht zur Weitergabe.';
comment on column bericht.zwischenschritte.schritt is 'Code des Schritts; * = alle.';
comment on column bericht.zwischenschritte.schritt_name is 'Bezeichnung am letzten Tag des Zeitraums.';
comment on column bericht.zwischenschritte.schritte is 'Erreichte Schritte.';
comment on column bericht.zwischenschritte.personen is 'Verschiedene Personen, die ihn erreichten; leer bei *.';

create view bericht.ereignisse as
select
    'intern, nicht zur Weitergabe'::text as hinweis,
    z.zeitraum,
    z.beginn,
    z.ende,
    z.jobcenter_nr,
    z.vorhaben_id,
    z.quartier_id,
    z.art,
    z.code,
    coalesce(b.bezeichnung, z.code) as code_name,
    z.zaehlweise,
    z.ereignisse,
    z.ereignisse_ohne_anzahl,
    z.anzahl,
    r.stand,
    r.stand_hinweis,
    r.abgrenzung,
    r.zuordnung_stand,
    r.kategorien_version,
    r.zaehlregeln_version,
    r.kalender_version,
    r.abgleich_version,
    r.betriebsmodell,
    a.erwartet as lieferungen_erwartet,
    a.eingegangen as lieferungen_eingegangen,
    a.teilnahmen_bekannt,
    a.teilnahmen_geladen
from zahl.ereigniszahl as z
inner join zahl.rahmen as r on z.zeitraum = r.zeitraum and z.beginn = r.beginn
left join zahl.zeitraum_abdeckung as a
    on z.zeitraum = a.zeitraum and z.beginn = a.beginn and z.vorhaben_id = a.vorhaben_id
left join katalog.bezeichnung as b
    on
        r.regelwerk_nr = b.regelwerk_nr
        and b.art = case when z.art = 'verweis' then 'verweis_an' else 'aktivitaet_code' end
        and z.code = b.code
        and r.ende >= b.gueltig_ab
        and (b.gueltig_bis is null or r.ende <= b.gueltig_bis)
where z.bekannt_bis is null and z.tvp_id = '*' and z.art not in ('kategorie', 'zwischenschritt');

comment on view bericht.ereignisse is 'Was ohne Personenbezug geschah: Besuche offener Angebote, Verweise und Kontakte je Code, gezählt und geschätzt getrennt. Wer zweimal kommt, ist zwei Besuche; ein Ereignis ist nie eine Person und wird zu keiner Zahl von Personen addiert. Intern, nicht zur Weitergabe.';
comment on column bericht.ereignisse.art is 'besuch, verweis, kontakt, sonstiges oder nicht_zugeordnet.';
comment on column bericht.ereignisse.code is 'Code des Katalogs; bei verweis: wohin.';
comment on column bericht.ereignisse.code_name is 'Bezeichnung am letzten Tag des Zeitraums.';
comment on column bericht.ereignisse.zaehlweise is 'gezaehlt oder geschaetzt (nicht gesagt heißt geschätzt).';
comment on column bericht.ereignisse.ereignisse is 'Zahl der Ereignisse.';
comment on column bericht.ereignisse.ereignisse_ohne_anzahl is 'Davon ohne Anzahl: unbekannt, nicht null.';
comment on column bericht.ereignisse.anzahl is 'Besuche, Verweise oder Kontakte, soweit bekannt; leer: von keinem Ereignis bekannt.';

create view bericht.zugangswege as
select
    'intern, nicht zur Weitergabe'::text as hinweis,
    z.zeitraum,
    z.beginn,
    z.ende,
    z.jobcenter_nr,
    z.vorhaben_id,
    z.quartier_id,
    z.auspraegung as zugangsweg,
    coalesce(b.bezeichnung, z.auspraegung) as zugangsweg_name,
    z.eintritte,
    (sum(z.eintritte) over zelle)::integer as eintritte_gesamt,
    round(z.eintritte / nullif(sum(z.eintritte) over zelle, 0)::numeric, 4) as anteil,
    r.stand,
    r.stand_hinweis,
    r.abgrenzung,
    r.zuordnung_stand,
    r.kategorien_version,
    r.zaehlregeln_version,
    r.kalender_version,
    r.abgleich_version,
    r.betriebsmodell,
    a.erwartet as lieferungen_erwartet,
    a.eingegangen as lieferungen_eingegangen,
    a.teilnahmen_bekannt,
    a.teilnahmen_geladen
from zahl.angabenzahl as z
inner join zahl.rahmen as r on z.zeitraum = r.zeitraum and z.beginn = r.beginn
left join zahl.zeitraum_abdeckung as a
    on z.zeitraum = a.zeitraum and z.beginn = a.beginn and z.vorhaben_id = a.vorhaben_id
left join katalog.bezeichnung as b
    on
        r.regelwerk_nr = b.regelwerk_nr
        and b.art = 'zugangsweg'
        and z.auspraegung = b.code
        and r.ende >= b.gueltig_ab
        and (b.gueltig_bis is null or r.ende <= b.gueltig_bis)
where z.bekannt_bis is null and z.tvp_id = '*' and z.angabe = 'zugangsweg' and z.eintritte > 0
window zelle as (partition by z.zeitraum, z.beginn, z.jobcenter_nr, z.vorhaben_id, z.quartier_id);

comment on view bericht.zugangswege is 'Wie die Eingetretenen zum Vorhaben kamen: Zuweisung, Empfehlung, Eigenakquise, Mundpropaganda und andere je für sich. Nur Eintritte: nie gekreuzt mit Austritten, Stunden oder Ergebnissen, auch nicht mit Bestand oder laufenden Teilnahmen, aus denen Austritte zu errechnen wären. Intern, nicht zur Weitergabe.';
comment on column bericht.zugangswege.zugangsweg is 'Code des Zugangswegs; ohne Angabe = nicht geliefert.';
comment on column bericht.zugangswege.zugangsweg_name is 'Bezeichnung am letzten Tag des Zeitraums.';
comment on column bericht.zugangswege.eintritte is 'Formale Eintritte von Stichtag zu Stichtag auf diesem Weg.';
comment on column bericht.zugangswege.eintritte_gesamt is 'Alle formalen Eintritte der Zelle.';
comment on column bericht.zugangswege.anteil is 'Anteil an ihnen.';

create view bericht.anschluss as
select
    'intern, nicht zur Weitergabe'::text as hinweis,
    z.zeitraum,
    z.beginn,
    z.ende,
    z.jobcenter_nr,
    z.vorhaben_id,
    z.quartier_id,
    z.angabe,
    n.bezeichnung as angabe_name,
    z.auspraegung,
    coalesce(
        b.bezeichnung, case z.auspraegung when 'j' then 'ja' when 'n' then 'nein' when '*' then 'alle' else z.auspraegung end
    ) as auspraegung_name,
    case when z.angabe = 'vorher' then 'Eintritte' else 'Austritte' end as bezug,
    case when z.angabe = 'vorher' then z.eintritte else z.austritte end as anzahl,
    case
        when z.angabe not in ('vorher', 'anschluss')
            then (sum(z.austritte) filter (where z.auspraegung <> 'ohne Angabe') over zelle)::integer
    end as gefragt,
    case
        when z.angabe not in ('vorher', 'anschluss')
            then (sum(z.austritte) filter (where z.auspraegung in ('j', 'n')) over zelle)::integer
    end as geantwortet,
    (
        n.reihenfolge * 100 + case
            when z.angabe in ('anschluss', 'vorher')
                then case when z.auspraegung in ('SVB', 'GERING', 'SELBST', 'ARBEIT') then 90 else 0 end
            else 0
        end + case when z.auspraegung = 'ohne Angabe' then 99 else 0 end
    )::integer as reihenfolge,
    r.stand,
    r.stand_hinweis,
    r.abgrenzung,
    r.zuordnung_stand,
    r.kategorien_version,
    r.zaehlregeln_version,
    r.kalender_version,
    r.abgleich_version,
    r.betriebsmodell,
    a.erwartet as lieferungen_erwartet,
    a.eingegangen as lieferungen_eingegangen,
    a.teilnahmen_bekannt,
    a.teilnahmen_geladen
from zahl.angabenzahl as z
inner join katalog.angabe as n on z.angabe = n.angabe and n.bericht = 'anschluss'
inner join zahl.rahmen as r on z.zeitraum = r.zeitraum and z.beginn = r.beginn
left join zahl.zeitraum_abdeckung as a
    on z.zeitraum = a.zeitraum and z.beginn = a.beginn and z.vorhaben_id = a.vorhaben_id
left join katalog.bezeichnung as b
    on
        r.regelwerk_nr = b.regelwerk_nr
        and b.art = z.angabe
        and z.auspraegung = b.code
        and r.ende >= b.gueltig_ab
        and (b.gueltig_bis is null or r.ende <= b.gueltig_bis)
where z.bekannt_bis is null and z.tvp_id = '*'
    and case when z.angabe = 'vorher' then z.eintritte else z.austritte end > 0
window zelle as (partition by z.zeitraum, z.beginn, z.jobcenter_nr, z.vorhaben_id, z.quartier_id, z.angabe);

comment on view bericht.anschluss is 'Vorher und nachher, nach eigener Angabe; immer zuletzt gelesen. Was vorher war: je Eintritt. Angegebener Anschluss und unmittelbare Ergebnisse: je Austritt. ESF-Angabe nach 6 Monaten: der Austritte, deren Tag sechs Monate danach im Zeitraum liegt, mit gefragt und geantwortet (auch „keine Angabe möglich“ ist gefragt, aber keine Antwort). Kein Nachweis eines Jobcenters. Intern, nicht zur Weitergabe.';
comment on column bericht.anschluss.angabe is 'Angabe.';
comment on column bericht.anschluss.angabe_name is 'Bezeichnung der Angabe.';
comment on column bericht.anschluss.auspraegung is 'Code der Ausprägung; ohne Angabe = nicht geliefert.';
comment on column bericht.anschluss.auspraegung_name is 'Bezeichnung der Ausprägung am letzten Tag des Zeitraums.';
comment on column bericht.anschluss.bezug is 'Wessen Anzahl: Eintritte oder Austritte.';
comment on column bericht.anschluss.anzahl is 'Formale Eintritte oder Austritte mit dieser Ausprägung.';
comment on column bericht.anschluss.gefragt is 'Austritte, bei denen gefragt wurde (alles außer ohne Angabe); leer, wo nicht eigens gefragt wird.';
comment on column bericht.anschluss.geantwortet is 'Davon mit der Antwort ja oder nein.';

create view bericht.ueberschneidungen as
select
    'intern, nicht zur Weitergabe'::text as hinweis,
    z.zeitraum,
    z.beginn,
    z.ende,
    z.jobcenter_nr,
    z.vorhaben_id,
    z.teilnahmen,
    z.personen,
    z.teilnahmen_parallel,
    z.personen_parallel,
    z.austritte,
    coalesce(w.geplant, 0)::integer as wechsel_geplant,
    coalesce(w.kurzfristig, 0)::integer as wechsel_kurzfristig,
    coalesce(w.ohne_angabe, 0)::integer as austritte_ohne_angabe,
    r.stand,
    r.stand_hinweis,
    r.abgrenzung,
    r.zuordnung_stand,
    r.kategorien_version,
    r.zaehlregeln_version,
    r.kalender_version,
    r.abgleich_version,
    r.betriebsmodell,
    a.erwartet as lieferungen_erwartet,
    a.eingegangen as lieferungen_eingegangen,
    a.teilnahmen_bekannt,
    a.teilnahmen_geladen
from zahl.figur as z
left join (
    select
        zeitraum,
        beginn,
        jobcenter_nr,
        vorhaben_id,
        sum(austritte) filter (where auspraegung = 'JCM_GEPLANT') as geplant,
        sum(austritte) filter (where auspraegung = 'JCM_KURZFRISTIG') as kurzfristig,
        sum(austritte) filter (where auspraegung = 'ohne Angabe') as ohne_angabe
    from zahl.angabenzahl
    where bekannt_bis is null and angabe = 'austritt_grund' and quartier_id = '*' and tvp_id = '*'
    group by 1, 2, 3, 4
) as w
    on
        z.zeitraum = w.zeitraum
        and z.beginn = w.beginn
        and z.jobcenter_nr = w.jobcenter_nr
        and z.vorhaben_id = w.vorhaben_id
inner join zahl.rahmen as r on z.zeitraum = r.zeitraum and z.beginn = r.beginn
left join zahl.zeitraum_abdeckung as a
    on z.zeitraum = a.zeitraum and z.beginn = a.beginn and z.vorhaben_id = a.vorhaben_id
where
    z.bekannt_bis is null
    and z.land = '*'
    and z.quartier_id = '*'
    and z.tvp_id = '*'
    and z.kategorie = '*';

comment on view bericht.ueberschneidungen is 'Überschneidungen mit Maßnahmen des Jobcenters, nur als Summe: Teilnahmen und Personen mit paralleler Maßnahme (Selbstauskunft), und Wechsel in eine Maßnahme des Jobcenters, abgesprochen oder kurzfristig. Warum eine einzelne Person ging, steht nirgends; andere Gründe als dieser Wechsel stehen in keinem Bericht. Intern, nicht zur Weitergabe.';
comment on column bericht.ueberschneidungen.teilnahmen is 'Im Zeitraum laufende Teilnahmen.';
comment on column bericht.ueberschneidungen.personen is 'Verschiedene Personen dieser Teilnahmen.';
comment on column bericht.ueberschneidungen.teilnahmen_parallel is 'Davon mit paralleler Maßnahme des Jobcenters (Selbstauskunft).';
comment on column bericht.ueberschneidungen.personen_parallel is 'Verschiedene Personen mit paralleler Maßnahme.';
comment on column bericht.ueberschneidungen.austritte is 'Austritte von Stichtag zu Stichtag.';
comment on column bericht.ueberschneidungen.wechsel_geplant is 'Davon abgesprochene Wechsel in eine Maßnahme des Jobcenters.';
comment on column bericht.ueberschneidungen.wechsel_kurzfristig is 'Davon kurzfristige Wechsel in eine Maßnahme des Jobcenters.';
comment on column bericht.ueberschneidungen.austritte_ohne_angabe is 'Davon ohne Angabe, wohin.';

create function zahl.wilson(treffer bigint, n bigint, seite integer) returns numeric
language sql immutable parallel safe
return case
    when n > 0 and seite in (-1, 1)
        then round(least(1, greatest(0, (
            treffer + 1.959964 ^ 2 / 2 + seite * 1.959964 * sqrt(treffer * (n - treffer)::numeric / n + 1.959964 ^ 2 / 4)
        ) / (n + 1.959964 ^ 2))), 4)
end;
comment on function zahl.wilson is 'Untere (seite -1) oder obere (seite 1) Grenze des 95-%-Intervalls eines Anteils nach Wilson; leer ohne Fälle.';

create view bericht.zielgruppenerreichung as
select
    'intern, nicht zur Weitergabe'::text as hinweis,
    z.beginn,
    z.ende,
    z.vorhaben_id,
    z.angabe,
    n.bezeichnung as angabe_name,
    z.auspraegung,
    coalesce(
        b.bezeichnung, case z.auspraegung when 'j' then 'ja' when 'n' then 'nein' when '*' then 'alle' else z.auspraegung end
    ) as auspraegung_name,
    case when z.n >= 30 then z.n end as n,
    z.n < 30 as unter_30,
    case when z.n >= 30 then z.eintritte end as eintritte,
    case when z.n >= 30 then z.ohne_angabe end as ohne_angabe,
    case when z.n >= 30 then round(z.eintritte::numeric / z.n, 4) end as anteil,
    case when z.n >= 30 then zahl.wilson(z.eintritte, z.n, -1) end as intervall_von,
    case when z.n >= 30 then zahl.wilson(z.eintritte, z.n, 1) end as intervall_bis,
    v.anteil as vergleichswert,
    v.quelle as vergleich_quelle,
    case
        when z.n < 30 or v.anteil is null then null
        when v.anteil < zahl.wilson(z.eintritte, z.n, -1) then 'darüber'
        when v.anteil > zahl.wilson(z.eintritte, z.n, 1) then 'darunter'
        else 'nicht unterscheidbar'
    end as lage,
    n.reihenfolge,
    r.stand,
    r.stand_hinweis,
    r.abgrenzung,
    r.zuordnung_stand,
    r.kategorien_version,
    r.zaehlregeln_version,
    r.kalender_version,
    r.abgleich_version,
    r.betriebsmodell,
    a.erwartet as lieferungen_erwartet,
    a.eingegangen as lieferungen_eingegangen,
    a.teilnahmen_bekannt,
    a.teilnahmen_geladen
from (
    select
        zeitraum,
        beginn,
        ende,
        vorhaben_id,
        tvp_id,
        angabe,
        auspraegung,
        eintritte,
        (sum(eintritte) filter (where auspraegung not in ('ohne Angabe', 'ka') and not (angabe in ('schulabschluss', 'berufsabschluss') and auspraegung = '9')) over zelle)::integer as n,
        coalesce(
            (sum(eintritte) filter (where auspraegung in ('ohne Angabe', 'ka') or angabe in ('schulabschluss', 'berufsabschluss') and auspraegung = '9') over zelle)::integer, 0
        ) as ohne_angabe
    from zahl.angabenzahl
    where
        bekannt_bis is null
        and zeitraum = 'zwoelf_monate'
        and jobcenter_nr = '*'
        and vorhaben_id <> '*'
        and quartier_id = '*'
        and tvp_id = '*'
    window zelle as (partition by beginn, vorhaben_id, tvp_id, angabe)
) as z
inner join katalog.angabe as n on z.angabe = n.angabe and n.zielgruppe
inner join zahl.rahmen as r on z.zeitraum = r.zeitraum and z.beginn = r.beginn
left join zahl.zeitraum_abdeckung as a
    on z.zeitraum = a.zeitraum and z.beginn = a.beginn and z.vorhaben_id = a.vorhaben_id
left join katalog.bezeichnung as b
    on
        r.regelwerk_nr = b.regelwerk_nr
        and b.art = z.angabe
        and z.auspraegung = b.code
        and r.ende >= b.gueltig_ab
        and (b.gueltig_bis is null or r.ende <= b.gueltig_bis)
left join katalog.zielgruppe_vergleich as v
    on
        z.angabe = v.angabe
        and z.auspraegung = v.auspraegung
        and z.ende >= v.gueltig_ab
        and (v.gueltig_bis is null or z.ende <= v.gueltig_bis)
where z.auspraegung not in ('ohne Angabe', 'ka') and not (z.angabe in ('schulabschluss', 'berufsabschluss') and z.auspraegung = '9') and coalesce(z.n, 0) > 0;

comment on view bericht.zielgruppenerreichung is 'Zielgruppenerreichung je Vorhaben: Anteil einer Gruppe an den Eintritten von zwölf Monaten, mit dem 95-%-Intervall nach Wilson, neben dem Vergleichswert der Site. Nur Angaben des ESF-Fragebogens; unter 30 Eintritten mit Angabe steht nur, dass es zu wenige sind. Sagt, wen ein Vorhaben erreicht, nicht wie gut es arbeitet; Beratende und Teilnehmende bewertet sie nie. Intern, nicht zur Weitergabe.';
comment on column bericht.zielgruppenerreichung.angabe is 'Angabe.';
comment on column bericht.zielgruppenerreichung.angabe_name is 'Bezeichnung der Angabe.';
comment on column bericht.zielgruppenerreichung.auspraegung is 'Code der Ausprägung; ohne Angabe = nicht geliefert.';
comment on column bericht.zielgruppenerreichung.auspraegung_name is 'Bezeichnung der Ausprägung am letzten Tag des Zeitraums.';
comment on column bericht.zielgruppenerreichung.n is 'Eintritte der zwölf Monate mit Angabe; leer unter 30.';
comment on column bericht.zielgruppenerreichung.unter_30 is 'Ob es weniger als 30 sind: dann steht keine Zahl da.';
comment on column bericht.zielgruppenerreichung.eintritte is 'Davon mit dieser Ausprägung.';
comment on column bericht.zielgruppenerreichung.ohne_angabe is 'Eintritte ohne Angabe, nicht in n.';
comment on column bericht.zielgruppenerreichung.anteil is 'Anteil, 0 bis 1.';
comment on column bericht.zielgruppenerreichung.intervall_von is 'Untere Grenze des 95-%-Intervalls.';
comment on column bericht.zielgruppenerreichung.intervall_bis is 'Obere Grenze des 95-%-Intervalls.';
comment on column bericht.zielgruppenerreichung.vergleichswert is 'Vergleichswert der Site am letzten Tag; leer: keiner.';
comment on column bericht.zielgruppenerreichung.vergleich_quelle is 'Woher er ist und wessen Anteil er nennt.';
comment on column bericht.zielgruppenerreichung.lage is 'darüber, darunter oder nicht unterscheidbar: ob der Vergleichswert außerhalb des Intervalls liegt; leer ohne Vergleichswert.';

create view bericht.zielgruppenerreichung_tvp as
select
    'intern, nicht zur Weitergabe'::text as hinweis,
    z.beginn,
    z.ende,
    z.vorhaben_id,
    z.tvp_id,
    z.angabe,
    n.bezeichnung as angabe_name,
    z.auspraegung,
    coalesce(
        b.bezeichnung, case z.auspraegung when 'j' then 'ja' when 'n' then 'nein' when '*' then 'alle' else z.auspraegung end
    ) as auspraegung_name,
    case when z.n >= 30 then z.n end as n,
    z.n < 30 as unter_30,
    case when z.n >= 30 then z.eintritte end as eintritte,
    case when z.n >= 30 then z.ohne_angabe end as ohne_angabe,
    case when z.n >= 30 then round(z.eintritte::numeric / z.n, 4) end as anteil,
    case when z.n >= 30 then zahl.wilson(z.eintritte, z.n, -1) end as intervall_von,
    case when z.n >= 30 then zahl.wilson(z.eintritte, z.n, 1) end as intervall_bis,
    v.anteil as vergleichswert,
    v.quelle as vergleich_quelle,
    case
        when z.n < 30 or v.anteil is null then null
        when v.anteil < zahl.wilson(z.eintritte, z.n, -1) then 'darüber'
        when v.anteil > zahl.wilson(z.eintritte, z.n, 1) then 'darunter'
        else 'nicht unterscheidbar'
    end as lage,
    n.reihenfolge,
    r.stand,
    r.stand_hinweis,
    r.abgrenzung,
    r.zuordnung_stand,
    r.kategorien_version,
    r.zaehlregeln_version,
    r.kalender_version,
    r.abgleich_version,
    r.betriebsmodell,
    a.erwartet as lieferungen_erwartet,
    a.eingegangen as lieferungen_eingegangen,
    a.teilnahmen_bekannt,
    a.teilnahmen_geladen
from (
    select
        zeitraum,
        beginn,
        ende,
        vorhaben_id,
        tvp_id,
        angabe,
        auspraegung,
        eintritte,
        (sum(eintritte) filter (where auspraegung not in ('ohne Angabe', 'ka') and not (angabe in ('schulabschluss', 'berufsabschluss') and auspraegung = '9')) over zelle)::integer as n,
        coalesce(
            (sum(eintritte) filter (where auspraegung in ('ohne Angabe', 'ka') or angabe in ('schulabschluss', 'berufsabschluss') and auspraegung = '9') over zelle)::integer, 0
        ) as ohne_angabe
    from zahl.angabenzahl
    where
        bekannt_bis is null
        and zeitraum = 'zwoelf_monate'
        and jobcenter_nr = '*'
        and vorhaben_id <> '*'
        and quartier_id = '*'
        and tvp_id <> '*'
    window zelle as (partition by beginn, vorhaben_id, tvp_id, angabe)
) as z
inner join katalog.angabe as n on z.angabe = n.angabe and n.zielgruppe
inner join zahl.rahmen as r on z.zeitraum = r.zeitraum and z.beginn = r.beginn
left join zahl.zeitraum_abdeckung as a
    on z.zeitraum = a.zeitraum and z.beginn = a.beginn and z.vorhaben_id = a.vorhaben_id
left join katalog.bezeichnung as b
    on
        r.regelwerk_nr = b.regelwerk_nr
        and b.art = z.angabe
        and z.auspraegung = b.code
        and r.ende >= b.gueltig_ab
        and (b.gueltig_bis is null or r.ende <= b.gueltig_bis)
left join katalog.zielgruppe_vergleich as v
    on
        z.angabe = v.angabe
        and z.auspraegung = v.auspraegung
        and z.ende >= v.gueltig_ab
        and (v.gueltig_bis is null or z.ende <= v.gueltig_bis)
where z.auspraegung not in ('ohne Angabe', 'ka') and not (z.angabe in ('schulabschluss', 'berufsabschluss') and z.auspraegung = '9') and coalesce(z.n, 0) > 0;

comment on view bericht.zielgruppenerreichung_tvp is 'Zielgruppenerreichung je Teilvorhabenpartner, nur für ihn und den Vorhabenträger: Anteil einer Gruppe an den Eintritten von zwölf Monaten, mit dem 95-%-Intervall nach Wilson, neben dem Vergleichswert der Site. Nur Angaben des ESF-Fragebogens; unter 30 Eintritten mit Angabe steht nur, dass es zu wenige sind. Sagt, wen ein Vorhaben erreicht, nicht wie gut es arbeitet; Beratende und Teilnehmende bewertet sie nie. Intern, nicht zur Weitergabe.';
comment on column bericht.zielgruppenerreichung_tvp.angabe is 'Angabe.';
comment on column bericht.zielgruppenerreichung_tvp.angabe_name is 'Bezeichnung der Angabe.';
comment on column bericht.zielgruppenerreichung_tvp.auspraegung is 'Code der Ausprägung; ohne Angabe = nicht geliefert.';
comment on column bericht.zielgruppenerreichung_tvp.auspraegung_name is 'Bezeichnung der Ausprägung am letzten Tag des Zeitraums.';
comment on column bericht.zielgruppenerreichung_tvp.n is 'Eintritte der zwölf Monate mit Angabe; leer unter 30.';
comment on column bericht.zielgruppenerreichung_tvp.unter_30 is 'Ob es weniger als 30 sind: dann steht keine Zahl da.';
comment on column bericht.zielgruppenerreichung_tvp.eintritte is 'Davon mit dieser Ausprägung.';
comment on column bericht.zielgruppenerreichung_tvp.ohne_angabe is 'Eintritte ohne Angabe, nicht in n.';
comment on column bericht.zielgruppenerreichung_tvp.anteil is 'Anteil, 0 bis 1.';
comment on column bericht.zielgruppenerreichung_tvp.intervall_von is 'Untere Grenze des 95-%-Intervalls.';
comment on column bericht.zielgruppenerreichung_tvp.intervall_bis is 'Obere Grenze des 95-%-Intervalls.';
comment on column bericht.zielgruppenerreichung_tvp.vergleichswert is 'Vergleichswert der Site am letzten Tag; leer: keiner.';
comment on column bericht.zielgruppenerreichung_tvp.vergleich_quelle is 'Woher er ist und wessen Anteil er nennt.';
comment on column bericht.zielgruppenerreichung_tvp.lage is 'darüber, darunter oder nicht unterscheidbar: ob der Vergleichswert außerhalb des Intervalls liegt; leer ohne Vergleichswert.';
comment on column bericht.zielgruppenerreichung_tvp.tvp_id is 'Teilvorhabenpartner. Nur für den Vorhabenträger und diesen Partner, nie für ein Jobcenter.';

create view bericht.plaetze as
select
    'intern, nicht zur Weitergabe'::text as hinweis,
    z.monat,
    coalesce(z.jobcenter_nr, 'OHNE') as jobcenter_nr,
    z.vorhaben_id,
    z.quartier_id,
    z.titel,
    case
        when z.plaetze_frei is null then 'unbekannt'
        when z.plaetze_frei <= 0 then 'nein'
        when z.plaetze_frei <= 2 then 'wenige'
        else 'ja'
    end as freie_plaetze,
    r.stand,
    r.stand_hinweis,
    r.abgrenzung,
    r.zuordnung_stand,
    r.kategorien_version,
    r.zaehlregeln_version,
    r.kalender_version,
    r.abgleich_version,
    r.betriebsmodell,
    a.erwartet as lieferungen_erwartet,
    a.eingegangen as lieferungen_eingegangen,
    a.teilnahmen_bekannt,
    a.teilnahmen_geladen
from (
    select
        m.monat::date as monat,
        t.vorhaben_id,
        t.tvp_id,
        q.jobcenter_nr,
        coalesce(p.quartier_id, 'OHNE') as quartier_id,
        p.angebot_id,
        p.titel,
        p.plaetze,
        p.plaetze_frei
    from katalog.tvp as t
    cross join lateral generate_series(date_trunc('month', t.von), t.bis, interval '1 month') as m (monat)
    cross join lateral (
        select l.lieferung_nr
        from betrieb.lieferung as l
        where
            l.status = 'geladen'
            and l.vorhaben_id = t.vorhaben_id
            and l.tvp_id = t.tvp_id
            and l.zeitraum_von <= (m.monat + interval '1 month' - interval '1 day')::date
            and l.zeitraum_bis >= (m.monat + interval '1 month' - interval '1 day')::date
            and exists (select from kern.platz as s where s.lieferung_nr = l.lieferung_nr)
        order by l.zeitraum_bis desc, l.version desc, l.lieferung_id desc
        limit 1
    ) as g
    inner join kern.platz as p
        on
            g.lieferung_nr = p.lieferung_nr
            and (p.gueltig_bis is null or p.gueltig_bis >= (m.monat + interval '1 month' - interval '1 day')::date)
    left join katalog.quartier as q on t.vorhaben_id = q.vorhaben_id and p.quartier_id = q.quartier_id
) as z
inner join zahl.rahmen as r on r.zeitraum = 'monat' and z.monat = r.beginn
left join zahl.zeitraum_abdeckung as a on a.zeitraum = 'monat' and z.monat = a.beginn and z.vorhaben_id = a.vorhaben_id;

comment on view bericht.plaetze is 'Ob ein Angebot am Ende des Monats freie Plätze hatte: ja (drei oder mehr), wenige (einer oder zwei), nein oder unbekannt; nie eine Zahl. Es gilt die Lieferung, die das Monatsende abdeckt. Intern, nicht zur Weitergabe.';
comment on column bericht.plaetze.jobcenter_nr is 'Jobcenter, dem die Site das Quartier zuordnet; OHNE = keines.';
comment on column bericht.plaetze.quartier_id is 'Quartier des Angebots; OHNE = nicht angegeben.';
comment on column bericht.plaetze.vorhaben_id is 'Vorhaben.';
comment on column bericht.plaetze.titel is 'Name des Angebots.';
comment on column bericht.plaetze.freie_plaetze is 'ja, wenige, nein oder unbekannt.';

create view bericht.plaetze_intern as
select
    'intern, nicht zur Weitergabe'::text as hinweis,
    z.monat,
    case when grouping(z.angebot_id) = 0 then 'angebot' when grouping(z.quartier_id) = 0 then 'quartier' else 'vorhaben' end
        as ebene,
    z.vorhaben_id,
    coalesce(z.quartier_id, '*') as quartier_id,
    coalesce(z.tvp_id, '*') as tvp_id,
    coalesce(z.angebot_id, '*') as angebot_id,
    z.titel,
    count(*)::integer as angebote,
    (count(*) filter (where z.vollstaendig))::integer as angebote_mit_angabe,
    (sum(z.plaetze) filter (where z.vollstaendig))::integer as plaetze,
    (sum(z.plaetze - z.plaetze_frei) filter (where z.vollstaendig))::integer as besetzt,
    (sum(z.plaetze_frei) filter (where z.vollstaendig))::integer as frei,
    round(
        (sum(z.plaetze - z.plaetze_frei) filter (where z.vollstaendig))::numeric
        / nullif(sum(z.plaetze) filter (where z.vollstaendig), 0), 4
    ) as besetzung,
    r.stand,
    r.stand_hinweis,
    r.abgrenzung,
    r.zuordnung_stand,
    r.kategorien_version,
    r.zaehlregeln_version,
    r.kalender_version,
    r.abgleich_version,
    r.betriebsmodell,
    a.erwartet as lieferungen_erwartet,
    a.eingegangen as lieferungen_eingegangen,
    a.teilnahmen_bekannt,
    a.teilnahmen_geladen
from (
    select
        p.*,
        p.plaetze is not null and p.plaetze_frei is not null and p.plaetze_frei <= p.plaetze as vollstaendig
    from (
    select
        m.monat::date as monat,
        t.vorhaben_id,
        t.tvp_id,
        q.jobcenter_nr,
        coalesce(p.quartier_id, 'OHNE') as quartier_id,
        p.angebot_id,
        p.titel,
        p.plaetze,
        p.plaetze_frei
    from katalog.tvp as t
    cross join lateral generate_series(date_trunc('month', t.von), t.bis, interval '1 month') as m (monat)
    cross join lateral (
        select l.lieferung_nr
        from betrieb.lieferung as l
        where
            l.status = 'geladen'
            and l.vorhaben_id = t.vorhaben_id
            and l.tvp_id = t.tvp_id
            and l.zeitraum_von <= (m.monat + interval '1 month' - interval '1 day')::date
            and l.zeitraum_bis >= (m.monat + interval '1 month' - interval '1 day')::date
            and exists (select from kern.platz as s where s.lieferung_nr = l.lieferung_nr)
        order by l.zeitraum_bis desc, l.version desc, l.lieferung_id desc
        limit 1
    ) as g
    inner join kern.platz as p
        on
            g.lieferung_nr = p.lieferung_nr
            and (p.gueltig_bis is null or p.gueltig_bis >= (m.monat + interval '1 month' - interval '1 day')::date)
    left join katalog.quartier as q on t.vorhaben_id = q.vorhaben_id and p.quartier_id = q.quartier_id
    ) as p
) as z
inner join zahl.rahmen as r on r.zeitraum = 'monat' and z.monat = r.beginn
left join zahl.zeitraum_abdeckung as a on a.zeitraum = 'monat' and z.monat = a.beginn and z.vorhaben_id = a.vorhaben_id
group by
    grouping sets ((z.tvp_id, z.quartier_id, z.angebot_id, z.titel), (z.quartier_id), ()), z.monat, z.vorhaben_id,
    r.stand,
    r.stand_hinweis,
    r.abgrenzung,
    r.zuordnung_stand,
    r.kategorien_version,
    r.zaehlregeln_version,
    r.kalender_version,
    r.abgleich_version,
    r.betriebsmodell,
    a.erwartet,
    a.eingegangen,
    a.teilnahmen_bekannt,
    a.teilnahmen_geladen;

comment on view bericht.plaetze_intern is 'Plätze, besetzte und freie Plätze am Ende des Monats je Angebot, Quartier und Vorhaben, nur für den Vorhabenträger. Die Summenzeilen zählen nur Angebote, die beides angeben; wie viele es sind, steht daneben. Intern, nicht zur Weitergabe.';
comment on column bericht.plaetze_intern.ebene is 'angebot, quartier (Summe) oder vorhaben (Summe).';
comment on column bericht.plaetze_intern.vorhaben_id is 'Vorhaben.';
comment on column bericht.plaetze_intern.quartier_id is 'Quartier des Angebots; * = alle, OHNE = nicht angegeben.';
comment on column bericht.plaetze_intern.tvp_id is 'Teilvorhabenpartner; * = alle. Nur für den Vorhabenträger.';
comment on column bericht.plaetze_intern.angebot_id is 'Kennung des Angebots; * = alle.';
comment on column bericht.plaetze_intern.titel is 'Name des Angebots; leer bei Summen.';
comment on column bericht.plaetze_intern.angebote is 'Zahl der Angebote.';
comment on column bericht.plaetze_intern.angebote_mit_angabe is 'Davon mit Plätzen und freien Plätzen.';
comment on column bericht.plaetze_intern.plaetze is 'Plätze dieser Angebote.';
comment on column bericht.plaetze_intern.besetzt is 'Davon besetzt.';
comment on column bericht.plaetze_intern.frei is 'Davon frei.';
comment on column bericht.plaetze_intern.besetzung is 'Anteil besetzter Plätze, 0 bis 1.';

create view bericht.zusammenarbeit as
select
    'intern, nicht zur Weitergabe'::text as hinweis,
    z.monat,
    z.vorhaben_id,
    z.jobcenter_nr,
    z.vereinbarungen,
    z.vorstellungen_vereinbart,
    z.vorstellungen_stattgefunden,
    z.austausch_vereinbart,
    z.austausch_stattgefunden,
    z.naechster_termin,
    z.letzter_genannter_termin,
    z.kooplan_abgestimmt,
    z.kooplan_abgestimmt_am,
    z.kontakt_funktion_jobcenter,
    z.kontakt_funktion_vorhaben,
    z.liefertag,
    z.kategorien_vereinbart,
    z.kategorien_vereinbart is not distinct from r.kategorien_version as kategorien_gelten,
    r.stand,
    r.stand_hinweis,
    r.abgrenzung,
    r.zuordnung_stand,
    r.kategorien_version,
    r.zaehlregeln_version,
    r.kalender_version,
    r.abgleich_version,
    r.betriebsmodell,
    a.erwartet as lieferungen_erwartet,
    a.eingegangen as lieferungen_eingegangen,
    a.teilnahmen_bekannt,
    a.teilnahmen_geladen
from (
    select
        date_trunc('month', max(l.zeitraum_bis))::date as monat,
        v.vorhaben_id,
        v.jobcenter_nr,
        count(*)::integer as vereinbarungen,
        sum(v.vorstellungen_vereinbart)::integer as vorstellungen_vereinbart,
        sum(v.vorstellungen_stattgefunden)::integer as vorstellungen_stattgefunden,
        sum(v.austausch_vereinbart)::integer as austausch_vereinbart,
        sum(v.austausch_stattgefunden)::integer as austausch_stattgefunden,
        min(v.naechster_termin) filter (where v.naechster_termin >= (now() at time zone 'Europe/Berlin')::date)
            as naechster_termin,
        max(v.naechster_termin) as letzter_genannter_termin,
        (count(*) filter (where v.kooplan_abgestimmt = 'j'))::integer as kooplan_abgestimmt,
        max(v.kooplan_abgestimmt_am) as kooplan_abgestimmt_am,
        string_agg(distinct v.kontakt_funktion_jobcenter, '; ') as kontakt_funktion_jobcenter,
        string_agg(distinct v.kontakt_funktion_vorhaben, '; ') as kontakt_funktion_vorhaben,
        max(v.liefertag) as liefertag,
        string_agg(distinct v.kategorien_version, '; ') as kategorien_vereinbart
    from kern.vereinbarung as v
    inner join betrieb.lieferung as l on v.lieferung_nr = l.lieferung_nr
    where
        v.bekannt_bis is null
        and (v.gueltig_bis is null or v.gueltig_bis >= (now() at time zone 'Europe/Berlin')::date)
    group by v.vorhaben_id, v.jobcenter_nr
) as z
inner join zahl.rahmen as r on r.zeitraum = 'monat' and z.monat = r.beginn
left join zahl.zeitraum_abdeckung as a on a.zeitraum = 'monat' and z.monat = a.beginn and z.vorhaben_id = a.vorhaben_id;

comment on view bericht.zusammenarbeit is 'Stand der Zusammenarbeit je Vorhaben und Jobcenter: vereinbart, stattgefunden, nächster Termin. Aus den geltenden Vereinbarungen aller Partner zusammen; Funktionen, keine Namen, nichts je Partner. Der Kooperationsplan ist eine Eigenschaft der Zusammenarbeit, nie einer Person. Intern, nicht zur Weitergabe.';
comment on column bericht.zusammenarbeit.monat is 'Letzter Monat, zu dem ein Partner darüber lieferte.';
comment on column bericht.zusammenarbeit.vorhaben_id is 'Vorhaben.';
comment on column bericht.zusammenarbeit.jobcenter_nr is 'Jobcenter.';
comment on column bericht.zusammenarbeit.vereinbarungen is 'Geltende Vereinbarungen.';
comment on column bericht.zusammenarbeit.vorstellungen_vereinbart is 'Vereinbarte Vorstellungen der Angebote im Jahr.';
comment on column bericht.zusammenarbeit.vorstellungen_stattgefunden is 'Vorstellungen der letzten zwölf Monate.';
comment on column bericht.zusammenarbeit.austausch_vereinbart is 'Vereinbarte Austauschtreffen im Jahr.';
comment on column bericht.zusammenarbeit.austausch_stattgefunden is 'Austauschtreffen der letzten zwölf Monate.';
comment on column bericht.zusammenarbeit.naechster_termin is 'Nächster Termin von heute an; leer: keiner genannt, der noch kommt.';
comment on column bericht.zusammenarbeit.letzter_genannter_termin is 'Spätester Termin, der genannt wurde, auch wenn er vorbei ist.';
comment on column bericht.zusammenarbeit.kooplan_abgestimmt is 'Vereinbarungen, deren Inhalte mit dem Kooperationsplan abgestimmt sind.';
comment on column bericht.zusammenarbeit.kooplan_abgestimmt_am is 'Tag der letzten Abstimmung.';
comment on column bericht.zusammenarbeit.kontakt_funktion_jobcenter is 'Kontakt im Jobcenter, Funktion.';
comment on column bericht.zusammenarbeit.kontakt_funktion_vorhaben is 'Kontakt im Vorhaben, Funktion.';
comment on column bericht.zusammenarbeit.liefertag is 'Spätester vereinbarter Tag des Folgemonats für Lieferungen.';
comment on column bericht.zusammenarbeit.kategorien_vereinbart is 'Version der Zuordnung, auf die man sich verständigt hat.';
comment on column bericht.zusammenarbeit.kategorien_gelten is 'Ob es die Version ist, nach der gezählt wurde.';

create view bericht.amtliche_kennzahlen as
select
    'intern, nicht zur Weitergabe'::text as hinweis,
    z.monat,
    z.jobcenter_nr,
    k.kennzahl,
    k.name as kennzahl_name,
    w.wert as amtlicher_wert,
    w.einheit,
    coalesce(w.quelle, k.quelle) as quelle,
    w.abruf,
    z.teilnahmen as ergaenzend_teilnahmen,
    z.personen as ergaenzend_personen,
    z.bestand as ergaenzend_bestand,
    r.stand,
    r.stand_hinweis,
    r.abgrenzung,
    r.zuordnung_stand,
    r.kategorien_version,
    r.zaehlregeln_version,
    r.kalender_version,
    r.abgleich_version,
    r.betriebsmodell,
    a.erwartet as lieferungen_erwartet,
    a.eingegangen as lieferungen_eingegangen,
    a.teilnahmen_bekannt,
    a.teilnahmen_geladen
from (
    select zeitraum, beginn as monat, jobcenter_nr, teilnahmen, personen, bestand
    from zahl.figur
    where
        bekannt_bis is null
        and zeitraum = 'monat'
        and land = '*'
        and jobcenter_nr not in ('*', 'OHNE')
        and vorhaben_id = '*'
        and quartier_id = '*'
        and tvp_id = '*'
        and kategorie = '*'
) as z
inner join katalog.kennzahl as k
    on
        k.kennzahl in (select m.kennzahl from katalog.amtliche_kennzahl as m where m.jobcenter_nr = z.jobcenter_nr)
        or lower(k.kennzahl) = 'k3e2'
left join katalog.amtliche_kennzahl as w
    on z.jobcenter_nr = w.jobcenter_nr and z.monat = w.monat and k.kennzahl = w.kennzahl
inner join zahl.rahmen as r on r.zeitraum = 'monat' and z.monat = r.beginn
left join zahl.zeitraum_abdeckung as a on a.zeitraum = 'monat' and z.monat = a.beginn and '*' = a.vorhaben_id;

comment on view bericht.amtliche_kennzahlen is 'Amtliche Kennzahlen neben unseren Zahlen desselben Monats und Jobcenters, nie addiert, nie verrechnet. Ohne veröffentlichten Wert in der Site stehen nur Name und Fundstelle. Unsere Zahlen sind keine Teilmenge der amtlichen. Intern, nicht zur Weitergabe.';
comment on column bericht.amtliche_kennzahlen.jobcenter_nr is 'Jobcenter.';
comment on column bericht.amtliche_kennzahlen.kennzahl is 'Amtliche Kennzahl: die, neben der unsere Zahlen gelesen werden, und jede, die die Site für das Jobcenter nennt.';
comment on column bericht.amtliche_kennzahlen.kennzahl_name is 'Amtlicher Name.';
comment on column bericht.amtliche_kennzahlen.amtlicher_wert is 'Veröffentlichter Wert; leer: die Site nennt keinen.';
comment on column bericht.amtliche_kennzahlen.einheit is 'Prozent, Index oder Anzahl.';
comment on column bericht.amtliche_kennzahlen.quelle is 'Fundstelle.';
comment on column bericht.amtliche_kennzahlen.abruf is 'Tag, an dem der Wert gelesen wurde.';
comment on column bericht.amtliche_kennzahlen.ergaenzend_teilnahmen is 'Daneben, nicht darin: Teilnahmen an BIWAQ im selben Monat.';
comment on column bericht.amtliche_kennzahlen.ergaenzend_personen is 'Daneben, nicht darin: Personen in BIWAQ im selben Monat.';
comment on column bericht.amtliche_kennzahlen.ergaenzend_bestand is 'Daneben, nicht darin: Teilnahmen an BIWAQ am Stichtag.';

create view bericht.amtlicher_bestand as
select
    'intern, nicht zur Weitergabe'::text as hinweis,
    z.monat,
    z.jobcenter_nr,
    z.groesse,
    z.vorher as bestand_vorher,
    z.zugang,
    z.abgang,
    z.bestand_amtlich,
    z.bestand_amtlich - (z.vorher + z.zugang - z.abgang) as rest,
    z.quelle,
    z.abruf,
    r.stand,
    r.stand_hinweis,
    r.abgrenzung,
    r.zuordnung_stand,
    r.kategorien_version,
    r.zaehlregeln_version,
    r.kalender_version,
    r.abgleich_version,
    r.betriebsmodell,
    a.erwartet as lieferungen_erwartet,
    a.eingegangen as lieferungen_eingegangen,
    a.teilnahmen_bekannt,
    a.teilnahmen_geladen
from (
    select
        monat,
        jobcenter_nr,
        groesse,
        bestand as bestand_amtlich,
        zugang,
        abgang,
        quelle,
        abruf,
        (
            select v.bestand from katalog.amtlicher_bestand as v
            where
                v.jobcenter_nr = m.jobcenter_nr
                and v.groesse = m.groesse
                and v.monat = (m.monat - interval '1 month')::date
        ) as vorher
    from katalog.amtlicher_bestand as m
) as z
inner join zahl.rahmen as r on r.zeitraum = 'monat' and z.monat = r.beginn
left join zahl.zeitraum_abdeckung as a on a.zeitraum = 'monat' and z.monat = a.beginn and '*' = a.vorhaben_id;

comment on view bericht.amtlicher_bestand is 'Ob veröffentlichte Monate eines Jobcenters in sich aufgehen: Bestand − (Bestand des Vormonats + Zugang − Abgang). Was nicht aufgeht, wird gezeigt, nicht ausgeglichen. Intern, nicht zur Weitergabe.';
comment on column bericht.amtlicher_bestand.jobcenter_nr is 'Jobcenter.';
comment on column bericht.amtlicher_bestand.groesse is 'Was gezählt wird, in den Worten der Quelle.';
comment on column bericht.amtlicher_bestand.bestand_vorher is 'Veröffentlichter Bestand des Vormonats; leer: nicht da.';
comment on column bericht.amtlicher_bestand.zugang is 'Veröffentlichter Zugang.';
comment on column bericht.amtlicher_bestand.abgang is 'Veröffentlichter Abgang.';
comment on column bericht.amtlicher_bestand.bestand_amtlich is 'Veröffentlichter Bestand.';
comment on column bericht.amtlicher_bestand.rest is 'Was nicht aufgeht; leer ohne Vormonat.';
comment on column bericht.amtlicher_bestand.quelle is 'Fundstelle.';
comment on column bericht.amtlicher_bestand.abruf is 'Tag, an dem gelesen wurde.';

create view bericht.rueckmeldung as
select
    'intern, nicht zur Weitergabe'::text as hinweis,
    z.monat,
    z.jobcenter_nr,
    p.groesse,
    p.groesse_name,
    p.anzahl as jobcenter_anzahl,
    p.neben as biwaq_groesse_name,
    coalesce(case p.groesse when 'empfehlungen' then w.eintritte else w.austritte end, 0)::integer as biwaq_anzahl,
    z.quelle,
    z.erhalten_am,
    r.stand,
    r.stand_hinweis,
    r.abgrenzung,
    r.zuordnung_stand,
    r.kategorien_version,
    r.zaehlregeln_version,
    r.kalender_version,
    r.abgleich_version,
    r.betriebsmodell,
    a.erwartet as lieferungen_erwartet,
    a.eingegangen as lieferungen_eingegangen,
    a.teilnahmen_bekannt,
    a.teilnahmen_geladen
from katalog.jobcenter_rueckmeldung as z
cross join lateral (values
    ('empfehlungen', 'Empfehlungen und Zuweisungen des Jobcenters', z.empfehlungen, 'Eintritte auf Empfehlung oder Zuweisung'),
    (
        'massnahmestarts', 'Geplante Starts eigener Maßnahmen des Jobcenters', z.massnahmestarts_geplant,
        'Wechsel in eine Maßnahme des Jobcenters'
    )
) as p (groesse, groesse_name, anzahl, neben)
left join (
    select
        beginn,
        jobcenter_nr,
        sum(eintritte) filter (where angabe = 'zugangsweg' and auspraegung in ('JC_EMPF', 'JC_ZUW')) as eintritte,
        sum(austritte) filter (where angabe = 'austritt_grund' and auspraegung in ('JCM_GEPLANT', 'JCM_KURZFRISTIG'))
            as austritte
    from zahl.angabenzahl
    where bekannt_bis is null and zeitraum = 'monat' and vorhaben_id = '*' and quartier_id = '*' and tvp_id = '*'
    group by beginn, jobcenter_nr
) as w on z.monat = w.beginn and z.jobcenter_nr = w.jobcenter_nr
inner join zahl.rahmen as r on r.zeitraum = 'monat' and z.monat = r.beginn
left join zahl.zeitraum_abdeckung as a on a.zeitraum = 'monat' and z.monat = a.beginn and '*' = a.vorhaben_id
where p.anzahl is not null;

comment on view bericht.rueckmeldung is 'Was ein Jobcenter zurückgibt, neben dem, was bei uns ankam: der Austausch geht in beide Richtungen. Empfehlungen des Monats neben Eintritten auf diesen Wegen, geplante Starts eigener Maßnahmen neben Wechseln dorthin. Nur Summen je Monat; Stichtage und Kalendermonate weichen ab, die Differenz ist kein Verlust. Intern, nicht zur Weitergabe.';
comment on column bericht.rueckmeldung.jobcenter_nr is 'Jobcenter.';
comment on column bericht.rueckmeldung.groesse is 'empfehlungen oder massnahmestarts.';
comment on column bericht.rueckmeldung.groesse_name is 'Was das Jobcenter nennt.';
comment on column bericht.rueckmeldung.jobcenter_anzahl is 'Anzahl, wie zurückgemeldet.';
comment on column bericht.rueckmeldung.biwaq_groesse_name is 'Was bei uns daneben steht.';
comment on column bericht.rueckmeldung.biwaq_anzahl is 'Anzahl bei uns, von Stichtag zu Stichtag.';
comment on column bericht.rueckmeldung.quelle is 'Von welcher Funktion, auf welchem Weg.';
comment on column bericht.rueckmeldung.erhalten_am is 'Tag des Eingangs.';

-- Runs as its owner: reports may show these sums, nobody but the loader reads the rows they come from.
create function kern.teilnahmen_je_lieferung()
returns table (
    lieferung_nr integer,
    im_lager integer,
    storno integer,
    eingeschraenkt integer,
    ohne_jobcenter integer,
    bagatelle integer,
    zaehlbar integer,
    eintritte integer,
    austritte integer
)
language sql stable security definer set search_path = pg_catalog
as $$
    with regel as (
        select z.lauf_id, r.schwelle_minuten
        from zahl.zaehlung as z
        inner join betrieb.regelwerk as r on z.regelwerk_nr = r.regelwerk_nr
        order by z.lauf_id desc
        limit 1
    ),
    genannt as (
        select l.lieferung_nr, l.vorhaben_id, l.tvp_id, l.zeitraum_von, l.zeitraum_bis
        from betrieb.lieferung as l
        where l.status = 'geladen'
            and exists (select from betrieb.lieferung_summe as s where s.lieferung_nr = l.lieferung_nr)
    ),
    teilnahme as (
        select
            g.lieferung_nr,
            g.zeitraum_von,
            g.zeitraum_bis,
            t.eintritt_datum,
            t.austritt_datum,
            t.status is not distinct from 'STORNO' as storno,
            exists (
                select from kern.einschraenkung as e
                where e.identitaet_id = t.identitaet_id and e.bekannt_bis is null
            ) as eingeschraenkt,
            t.jobcenter_nr is null or t.rechtskreis is distinct from 'SGB2' as ohne_jobcenter,
            regel.schwelle_minuten is not null and coalesce((
                select sum(a.dauer_min) from kern.aktivitaet as a
                where a.identitaet_id = t.identitaet_id and a.bekannt_bis is null
                    and a.datum between t.eintritt_datum
                    and least(coalesce(t.austritt_datum, g.zeitraum_bis), g.zeitraum_bis)
            ), 0) < regel.schwelle_minuten as bagatelle
        from genannt as g
        inner join kern.identitaet as i on g.vorhaben_id = i.vorhaben_id and g.tvp_id = i.tvp_id
        cross join regel
        inner join kern.teilnahme_nach(regel.lauf_id) as t on i.identitaet_id = t.identitaet_id
        where t.eintritt_datum <= g.zeitraum_bis
    )
    select
        lieferung_nr,
        count(*)::integer,
        (count(*) filter (where storno))::integer,
        (count(*) filter (where not storno and eingeschraenkt))::integer,
        (count(*) filter (where not storno and not eingeschraenkt and ohne_jobcenter))::integer,
        (count(*) filter (where not storno and not eingeschraenkt and not ohne_jobcenter and bagatelle))::integer,
        (count(*) filter (where not storno and not eingeschraenkt and not ohne_jobcenter and not bagatelle))::integer,
        (count(*) filter (where not storno and not eingeschraenkt and eintritt_datum >= zeitraum_von))::integer,
        (count(*) filter (
            where not storno and not eingeschraenkt and austritt_datum between zeitraum_von and zeitraum_bis
        ))::integer
    from teilnahme
    group by lieferung_nr
$$;
comment on function kern.teilnahmen_je_lieferung() is 'Was das Lager zu den Lieferungen weiß, die Summen aus DATES III nennen: Teilnahmen des Partners mit Eintritt bis zum Ende des Zeitraums, jede in genau einer Anzahl, dazu Eintritte und Austritte des Zeitraums nach Kalendertagen. Nur Summen.';
revoke all on function kern.teilnahmen_je_lieferung() from public;

create view bericht.abgleich_dates as
select
    'intern, nicht zur Weitergabe'::text as hinweis,
    z.zeitraum_bis,
    z.vorhaben_id,
    z.lieferungen,
    p.groesse,
    p.posten,
    p.posten_name,
    p.anzahl,
    p.reihenfolge,
    r.stand,
    r.stand_hinweis,
    r.abgrenzung,
    r.zuordnung_stand,
    r.kategorien_version,
    r.zaehlregeln_version,
    r.kalender_version,
    r.abgleich_version,
    r.betriebsmodell,
    a.erwartet as lieferungen_erwartet,
    a.eingegangen as lieferungen_eingegangen,
    a.teilnahmen_bekannt,
    a.teilnahmen_geladen
from (
    select
        l.zeitraum_bis,
        coalesce(l.vorhaben_id, '*') as vorhaben_id,
        count(*)::integer as lieferungen,
        count(distinct (l.vorhaben_id, l.tvp_id)) > 1 as mehrere,
        sum(s.teilnahmen)::integer as dates,
        sum(b.gefunden)::integer as gefunden,
        sum(b.doppelt)::integer as doppelt,
        sum(b.zurueckgewiesen)::integer as zurueckgewiesen,
        sum(b.zurueckgehalten)::integer as zurueckgehalten,
        sum(b.wartend + b.abgelehnt)::integer as angehalten,
        sum(b.gefunden - b.doppelt - b.zurueckgewiesen - b.zurueckgehalten - b.wartend - b.abgelehnt)::integer as geladen,
        coalesce(sum(t.im_lager), 0)::integer as im_lager,
        coalesce(sum(t.storno), 0)::integer as storno,
        coalesce(sum(t.eingeschraenkt), 0)::integer as eingeschraenkt,
        coalesce(sum(t.ohne_jobcenter), 0)::integer as ohne_jobcenter,
        coalesce(sum(t.bagatelle), 0)::integer as bagatelle,
        coalesce(sum(t.zaehlbar), 0)::integer as zaehlbar,
        sum(s.eintritte)::integer as dates_eintritte,
        (sum(t.eintritte) filter (where s.eintritte is not null))::integer as eintritte,
        sum(s.austritte)::integer as dates_austritte,
        (sum(t.austritte) filter (where s.austritte is not null))::integer as austritte
    from (
        select distinct on (vorhaben_id, tvp_id, zeitraum_bis) *
        from betrieb.lieferung
        where status in ('geladen', 'angehalten')
        order by vorhaben_id, tvp_id, zeitraum_bis, status desc, version desc, lieferung_id desc
    ) as l
    inner join (
        select
            lieferung_nr,
            max(anzahl) filter (where summe = 'dates_teilnahmen') as teilnahmen,
            max(anzahl) filter (where summe = 'dates_eintritte') as eintritte,
            max(anzahl) filter (where summe = 'dates_austritte') as austritte
        from betrieb.lieferung_summe
        group by lieferung_nr
    ) as s on l.lieferung_nr = s.lieferung_nr and s.teilnahmen is not null
    inner join betrieb.bilanz as b on l.lieferung_nr = b.lieferung_nr and b.tabelle = 'teilnahme'
    left join kern.teilnahmen_je_lieferung() as t on l.lieferung_nr = t.lieferung_nr
    group by grouping sets ((l.zeitraum_bis, l.vorhaben_id), (l.zeitraum_bis))
) as z
cross join lateral (values
    ('teilnahmen', 'dates', 'Teilnahmen laut DATES III', z.dates, 10),
    ('teilnahmen', 'rest', 'Rest: in DATES III, nicht in der Lieferung (oder umgekehrt)', z.gefunden - z.dates, 20),
    ('teilnahmen', 'doppelt', 'doppelte Zeilen', -z.doppelt, 30),
    ('teilnahmen', 'zurueckgewiesen', 'zurückgewiesene Zeilen', case when z.mehrere then -z.zurueckgewiesen end, 40),
    (
        'teilnahmen', 'ohne_einwilligung', 'ohne Einwilligung, oder Aufbewahrung abgelaufen',
        case when z.mehrere then -z.zurueckgehalten end, 50
    ),
    (
        'teilnahmen', 'nicht_geladen', 'zurückgewiesen, ohne Einwilligung oder Aufbewahrung abgelaufen (ein Partner: zusammen)',
        case when not z.mehrere then -(z.zurueckgewiesen + z.zurueckgehalten) end, 55
    ),
    ('teilnahmen', 'angehalten', 'angehaltene oder wartende Zeilen', -z.angehalten, 60),
    ('teilnahmen', 'seither', 'seither entfernt, geschlossen oder von anderen Lieferungen bekannt', z.im_lager - z.geladen, 70),
    ('teilnahmen', 'storno', 'storniert', -z.storno, 80),
    ('teilnahmen', 'eingeschraenkt', 'Verarbeitung eingeschränkt (Art. 18 DSGVO)', -z.eingeschraenkt, 90),
    ('teilnahmen', 'rechtskreis', 'anderer Rechtskreis oder ohne Jobcenter', -z.ohne_jobcenter, 100),
    ('teilnahmen', 'bagatelle', 'Bagatelle: unter der Stundenschwelle', -z.bagatelle, 110),
    ('teilnahmen', 'hier', 'zählbare Teilnahmen für Jobcenter', z.zaehlbar, 120),
    ('eintritte', 'dates', 'Eintritte im Zeitraum laut DATES III', z.dates_eintritte, 210),
    ('eintritte', 'hier', 'Eintritte im Zeitraum im Lager, nach Kalendertagen', z.eintritte, 220),
    ('eintritte', 'unterschied', 'Unterschied, nicht aufgeteilt', z.eintritte - z.dates_eintritte, 230),
    ('austritte', 'dates', 'Austritte im Zeitraum laut DATES III', z.dates_austritte, 310),
    ('austritte', 'hier', 'Austritte im Zeitraum im Lager, nach Kalendertagen', z.austritte, 320),
    ('austritte', 'unterschied', 'Unterschied, nicht aufgeteilt', z.austritte - z.dates_austritte, 330)
) as p (groesse, posten, posten_name, anzahl, reihenfolge)
inner join zahl.rahmen as r on r.zeitraum = 'monat' and date_trunc('month', z.zeitraum_bis) = r.beginn
left join zahl.zeitraum_abdeckung as a on a.zeitraum = 'monat' and date_trunc('month', z.zeitraum_bis) = a.beginn and z.vorhaben_id = a.vorhaben_id
where p.anzahl is not null;

comment on view bericht.abgleich_dates is 'Warum in DATES III 167 steht und hier 140, nur für den Vorhabenträger: die Summe, die Partner im Begleitblatt nennen, Posten für Posten hinunter zu den zählbaren Teilnahmen für Jobcenter; die Posten ergeben zusammen genau den Unterschied, der Rest steht da. Je Vorhaben und Ende des Zeitraums, nie je Partner: mit einem einzigen Partner wäre „ohne Einwilligung“ seine Quote, dann steht es mit den zurückgewiesenen zusammen. vorhaben_id * ist die Summe aller Vorhaben. Intern, nicht zur Weitergabe.';
comment on column bericht.abgleich_dates.zeitraum_bis is 'Letzter Tag der Lieferungen.';
comment on column bericht.abgleich_dates.lieferungen is 'Lieferungen, die Summen aus DATES III nennen; nur sie sind verglichen.';
comment on column bericht.abgleich_dates.groesse is 'teilnahmen, eintritte oder austritte.';
comment on column bericht.abgleich_dates.posten is 'Posten; bei teilnahmen ergeben alle außer hier zusammen hier.';
comment on column bericht.abgleich_dates.posten_name is 'Bezeichnung des Postens.';
comment on column bericht.abgleich_dates.anzahl is 'Anzahl; Abzüge sind negativ.';
comment on column bericht.abgleich_dates.vorhaben_id is 'Vorhaben; * = alle mit Lieferungen zu diesem Tag.';

create view bericht.puenktlichkeit as
select
    'intern, nicht zur Weitergabe'::text as hinweis,
    z.monat,
    z.vorhaben_id,
    z.tvp_id,
    z.zeitraum_bis,
    z.frist,
    z.eingang,
    (z.eingang - z.zeitraum_bis)::integer as tage_nach_ende,
    case
        when z.status is null and coalesce(z.frist, z.zeitraum_bis) >= (now() at time zone 'Europe/Berlin')::date then 'noch nicht fällig'
        when z.status is null then 'fehlt'
        when z.status = 'angehalten' then 'angehalten'
        when z.eingang > z.frist then 'verspätet'
        when z.frist is null then 'da, ohne Frist'
        else 'pünktlich'
    end as lieferung,
    r.stand,
    r.stand_hinweis,
    r.abgrenzung,
    r.zuordnung_stand,
    r.kategorien_version,
    r.zaehlregeln_version,
    r.kalender_version,
    r.abgleich_version,
    r.betriebsmodell,
    a.erwartet as lieferungen_erwartet,
    a.eingegangen as lieferungen_eingegangen,
    a.teilnahmen_bekannt,
    a.teilnahmen_geladen
from (
    select
        date_trunc('month', e.ende)::date as monat,
        t.vorhaben_id,
        t.tvp_id,
        e.ende as zeitraum_bis,
        (e.ende + v.liefertag)::date as frist,
        (g.gefunden_am at time zone 'Europe/Berlin')::date as eingang,
        g.status
    from katalog.tvp as t
    cross join lateral (
        select case t.rhythmus when 'monatlich' then 1 when 'vierteljaehrlich' then 3 when 'halbjaehrlich' then 6 else 12 end as schritt
    ) as s
    cross join lateral (
        select (m.monat + interval '1 month' - interval '1 day')::date as ende
        from generate_series(date_trunc('month', t.von), t.bis, interval '1 month') as m (monat)
        where
            case
                when t.rhythmus = 'einmalig' then date_trunc('month', t.bis) = m.monat
                else extract(month from m.monat)::integer % s.schritt = 0 or date_trunc('month', t.bis) = m.monat
            end
    ) as e
    left join lateral (
        select max(k.liefertag) as liefertag
        from kern.vereinbarung as k
        where k.bekannt_bis is null and k.vorhaben_id = t.vorhaben_id and k.tvp_id = t.tvp_id
    ) as v on true
    left join lateral (
        select
            min(f.begonnen_am) as gefunden_am,
            max(l.status) as status
        from betrieb.lieferung as l
        inner join betrieb.lauf as f on l.gefunden_lauf = f.lauf_id
        where
            l.status in ('geladen', 'angehalten')
            and l.vorhaben_id = t.vorhaben_id
            and l.tvp_id = t.tvp_id
            and l.zeitraum_von <= e.ende
            and l.zeitraum_bis >= e.ende
    ) as g on true
) as z
inner join zahl.rahmen as r on r.zeitraum = 'monat' and z.monat = r.beginn
left join zahl.zeitraum_abdeckung as a on a.zeitraum = 'monat' and z.monat = a.beginn and z.vorhaben_id = a.vorhaben_id
where z.zeitraum_bis < (now() at time zone 'Europe/Berlin')::date;

comment on view bericht.puenktlichkeit is 'Ob erwartete Lieferungen kamen und wann, je Partner; nur für den Vorhabenträger und den Partner selbst, nie für ein Jobcenter (kleine Teams: das wäre Kontrolle von Beschäftigten). Eine Frist gibt es nur, wo eine Vereinbarung einen Liefertag nennt. Intern, nicht zur Weitergabe.';
comment on column bericht.puenktlichkeit.monat is 'Letzter Monat des Lieferzeitraums.';
comment on column bericht.puenktlichkeit.vorhaben_id is 'Vorhaben.';
comment on column bericht.puenktlichkeit.zeitraum_bis is 'Letzter Tag, zu dem geliefert werden soll (Rhythmus der Site).';
comment on column bericht.puenktlichkeit.frist is 'Vereinbarter Liefertag im Folgemonat; leer: keiner vereinbart.';
comment on column bericht.puenktlichkeit.eingang is 'Tag des Laufs, der eine Lieferung dazu zuerst fand.';
comment on column bericht.puenktlichkeit.tage_nach_ende is 'Tage vom Ende des Zeitraums bis dahin.';
comment on column bericht.puenktlichkeit.lieferung is 'pünktlich, verspätet, da (ohne Frist), angehalten, fehlt oder noch nicht fällig.';

create view bericht.vollstaendigkeit as
select
    'intern, nicht zur Weitergabe'::text as hinweis,
    z.beginn,
    z.ende,
    z.vorhaben_id,
    z.tvp_id,
    z.angabe,
    n.bezeichnung as angabe_name,
    n.bericht,
    z.gesamt,
    z.ohne_angabe,
    round(1 - z.ohne_angabe / z.gesamt::numeric, 4) as anteil_mit_angabe,
    n.reihenfolge,
    r.stand,
    r.stand_hinweis,
    r.abgrenzung,
    r.zuordnung_stand,
    r.kategorien_version,
    r.zaehlregeln_version,
    r.kalender_version,
    r.abgleich_version,
    r.betriebsmodell,
    a.erwartet as lieferungen_erwartet,
    a.eingegangen as lieferungen_eingegangen,
    a.teilnahmen_bekannt,
    a.teilnahmen_geladen
from (
    select
        zeitraum,
        beginn,
        ende,
        vorhaben_id,
        tvp_id,
        angabe,
        sum(coalesce(teilnahmen, austritte))::integer as gesamt,
        coalesce(sum(coalesce(teilnahmen, austritte)) filter (where auspraegung = 'ohne Angabe'), 0)::integer as ohne_angabe
    from zahl.angabenzahl
    where
        bekannt_bis is null
        and zeitraum = 'zwoelf_monate'
        and jobcenter_nr = '*'
        and quartier_id = '*'
        and tvp_id <> '*'
    group by 1, 2, 3, 4, 5, 6
) as z
inner join katalog.angabe as n on z.angabe = n.angabe
inner join zahl.rahmen as r on z.zeitraum = r.zeitraum and z.beginn = r.beginn
left join zahl.zeitraum_abdeckung as a
    on z.zeitraum = a.zeitraum and z.beginn = a.beginn and z.vorhaben_id = a.vorhaben_id
where z.gesamt > 0;

comment on view bericht.vollstaendigkeit is 'Wie vollständig die Angaben eines Partners sind, in zwölf Monaten, je Angabe; nur für den Vorhabenträger und den Partner selbst, nie für ein Jobcenter. Freiwillige Angaben dürfen fehlen: es zeigt, welche Berichte darauf beruhen können. Einwilligungen stehen nicht darin, sie sind kein Maß der Güte. Intern, nicht zur Weitergabe.';
comment on column bericht.vollstaendigkeit.vorhaben_id is 'Vorhaben.';
comment on column bericht.vollstaendigkeit.angabe is 'Angabe.';
comment on column bericht.vollstaendigkeit.angabe_name is 'Bezeichnung der Angabe.';
comment on column bericht.vollstaendigkeit.bericht is 'Bericht, der sie zeigt.';
comment on column bericht.vollstaendigkeit.gesamt is 'Teilnahmen des Zeitraums; bei Angaben zum Austritt: Austritte.';
comment on column bericht.vollstaendigkeit.anteil_mit_angabe is 'Anteil mit Angabe, 0 bis 1.';

create or replace view bericht.bestandsrechnung as
with figur as materialized (
    select
        beginn as monat,
        jobcenter_nr,
        vorhaben_id,
        eintritte,
        austritte,
        bestand,
        eintritte_zaehlbar,
        austritte_zaehlbar,
        bestand_zaehlbar,
        bekannt_von,
        coalesce(bekannt_bis, 2147483647) as bekannt_bis
    from zahl.figur
    where
        zeitraum = 'monat' and land = '*' and quartier_id = '*' and tvp_id = '*' and kategorie = '*'
),

beginn as (
    select
        m.monat::date as monat,
        min(min(f.bekannt_von)) over (order by m.monat desc) as lauf
    from (select min(monat) as erster, max(monat) as letzter from figur) as s
    cross join lateral generate_series(s.erster::timestamp, s.letzter::timestamp, interval '1 month') as m (monat)
    left join figur as f on f.monat = m.monat::date
    group by m.monat
),

abschluss as materialized (
    select
        monat,
        stand,
        coalesce(lag(stand) over (order by monat), 0) as stand_vorher,
        monat = max(monat) over () as offen
    from (
        select
            monat,
            greatest(coalesce(lead(lauf) over (order by monat) - 1, 2147483646), lauf) as stand
        from beginn
    ) as b
),

gesagt as (
    select
        f.*,
        a.offen
    from figur as f
    inner join abschluss as a on f.monat = a.monat and f.bekannt_von <= a.stand and f.bekannt_bis > a.stand
),

aenderung as (
    select
        *,
        bekannt_von as lauf,
        1 as richtung
    from figur
    union all
    select
        *,
        bekannt_bis as lauf,
        -1 as richtung
    from figur
    where bekannt_bis < 2147483647
),

lauf_monat as materialized (
    select
        l.lauf,
        a.monat
    from (select distinct lauf from aenderung) as l
    inner join abschluss as a on l.lauf > a.stand_vorher and l.lauf <= a.stand
),

glied as (
    select
        monat, jobcenter_nr, vorhaben_id,
        0 as bestand_vorher, eintritte, austritte, 0 as korrektur_eintritte, 0 as korrektur_austritte, bestand,
        0 as bestand_vorher_zaehlbar, eintritte_zaehlbar, austritte_zaehlbar, 0 as korrektur_eintritte_zaehlbar,
        0 as korrektur_austritte_zaehlbar, bestand_zaehlbar, 0 as bestand_heute
    from gesagt
    union all
    select
        (monat + interval '1 month')::date, jobcenter_nr, vorhaben_id,
        bestand, 0, 0, 0, 0, 0, bestand_zaehlbar, 0, 0, 0, 0, 0, 0
    from gesagt
    where not offen
    union all
    select
        l.monat, c.jobcenter_nr, c.vorhaben_id,
        0, 0, 0, c.richtung * c.eintritte, c.richtung * c.austritte, 0,
        0, 0, 0, c.richtung * c.eintritte_zaehlbar, c.richtung * c.austritte_zaehlbar, 0, 0
    from aenderung as c
    inner join lauf_monat as l on c.lauf = l.lauf and c.monat < l.monat
    union all
    select
        monat, jobcenter_nr, vorhaben_id,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, bestand
    from figur
    where bekannt_bis = 2147483647
),

zeile as (
    select
        monat,
        jobcenter_nr,
        vorhaben_id,
        sum(bestand_vorher)::integer as bestand_vorher,
        sum(eintritte)::integer as eintritte,
        sum(austritte)::integer as austritte,
        sum(korrektur_eintritte)::integer as korrektur_eintritte,
        sum(korrektur_austritte)::integer as korrektur_austritte,
        sum(bestand)::integer as bestand,
        case
            when count(*) = count(bestand_vorher_zaehlbar) then sum(bestand_vorher_zaehlbar)
        end::integer as bestand_vorher_zaehlbar,
        sum(eintritte_zaehlbar)::integer as eintritte_zaehlbar,
        case when count(*) = count(austritte_zaehlbar) then sum(austritte_zaehlbar) end::integer as austritte_zaehlbar,
        sum(korrektur_eintritte_zaehlbar)::integer as korrektur_eintritte_zaehlbar,
        case
            when count(*) = count(korrektur_austritte_zaehlbar) then sum(korrektur_austritte_zaehlbar)
        end::integer as korrektur_austritte_zaehlbar,
        case when count(*) = count(bestand_zaehlbar) then sum(bestand_zaehlbar) end::integer as bestand_zaehlbar,
        sum(bestand_heute)::integer as bestand_heute
    from glied
    group by monat, jobcenter_nr, vorhaben_id
)

select
    'intern, nicht zur Weitergabe'::text as hinweis,
    z.monat,
    z.jobcenter_nr,
    z.vorhaben_id,
    z.bestand_vorher,
    z.eintritte,
    z.austritte,
    z.korrektur_eintritte,
    z.korrektur_austritte,
    z.korrektur_eintritte - z.korrektur_austritte as korrekturen,
    z.bestand,
    z.bestand - z.bestand_vorher - z.eintritte + z.austritte - z.korrektur_eintritte + z.korrektur_austritte as rest,
    z.bestand_vorher_zaehlbar,
    z.eintritte_zaehlbar,
    z.austritte_zaehlbar,
    z.korrektur_eintritte_zaehlbar,
    z.korrektur_austritte_zaehlbar,
    z.korrektur_eintritte_zaehlbar - z.korrektur_austritte_zaehlbar as korrekturen_zaehlbar,
    z.bestand_zaehlbar,
    z.bestand_zaehlbar - z.bestand_vorher_zaehlbar - z.eintritte_zaehlbar + z.austritte_zaehlbar
    - z.korrektur_eintritte_zaehlbar + z.korrektur_austritte_zaehlbar as rest_zaehlbar,
    z.bestand_heute,
    nullif(a.stand, 2147483646) as stand_lauf,
    'Ergänzende Größe: Teilnahmen an BIWAQ (freiwillig; nicht Teil von K3E2 nach § 48a SGB II; nicht addierbar)'::text
        as abgrenzung,
    r.stand,
    r.stand_hinweis,
    r.zuordnung_stand,
    r.kategorien_version,
    r.zaehlregeln_version,
    r.kalender_version,
    r.abgleich_version,
    r.betriebsmodell,
    d.erwartet as lieferungen_erwartet,
    d.eingegangen as lieferungen_eingegangen,
    d.teilnahmen_bekannt,
    d.teilnahmen_geladen
from zeile as z
inner join abschluss as a on z.monat = a.monat
inner join zahl.rahmen as r on r.zeitraum = 'monat' and z.monat = r.beginn
left join zahl.zeitraum_abdeckung as d
    on d.zeitraum = 'monat' and z.monat = d.beginn and z.vorhaben_id = d.vorhaben_id
where
    z.bestand_vorher <> 0 or z.eintritte <> 0 or z.austritte <> 0 or z.bestand <> 0 or z.bestand_heute <> 0
    or z.korrektur_eintritte <> 0 or z.korrektur_austritte <> 0 or z.eintritte_zaehlbar <> 0
    or z.korrektur_eintritte_zaehlbar <> 0 or z.korrektur_austritte_zaehlbar <> 0;

create or replace view bericht.ohne_einwilligung as
select
    'intern, nicht zur Weitergabe'::text as hinweis,
    'ohne Einwilligung, nicht entdoppelt'::text as bezeichnung,
    z.monat,
    max(z.stichtag) as stichtag,
    coalesce(z.jobcenter_nr, '*') as jobcenter_nr,
    sum(z.teilnahmen)::integer as teilnahmen,
    sum(z.eintritte)::integer as eintritte,
    sum(z.austritte)::integer as austritte,
    sum(z.bestand)::integer as bestand,
    r.ohne_einwilligung as rechtsgrundlage,
    case
        when (z.monat + interval '1 month' + make_interval(months => r.vorlaeufig_monate))::date <= (now() at time zone 'Europe/Berlin')::date
            then 'endgültig'
        else 'vorläufig'
    end as stand,
    'Ergänzende Größe: Teilnahmen an BIWAQ (freiwillig; nicht Teil von K3E2 nach § 48a SGB II; nicht addierbar)'::text
        as abgrenzung,
    r.abstimmung as zuordnung_stand,
    r.kategorien_version,
    r.zaehlregeln_version,
    r.kalender_version,
    r.betriebsmodell,
    a.erwartet as lieferungen_erwartet,
    a.eingegangen as lieferungen_eingegangen
from zahl.ohne_einwilligung as z
cross join lateral (
    select
        regelwerk_nr,
        gezaehlt_am
    from zahl.zaehlung
    order by lauf_id desc
    limit 1
) as c
inner join betrieb.regelwerk as r on c.regelwerk_nr = r.regelwerk_nr and r.ohne_einwilligung is not null
left join lateral (
    select
        sum(d.erwartet)::integer as erwartet,
        sum(d.eingegangen)::integer as eingegangen
    from bericht.abdeckung as d
    where d.monat = z.monat
) as a on true
group by
    grouping sets ((z.monat, z.jobcenter_nr), (z.monat)), r.regelwerk_nr, c.gezaehlt_am, a.erwartet, a.eingegangen;

-- Columns that every report has in common say the same everywhere.
do $$
declare
    spalte record;
begin
    for spalte in
        select n.nspname, c.relname, a.attname, k.satz
        from (values
    ('hinweis', 'Jede Ausgabe trägt diesen Hinweis.'),
    ('abgrenzung', 'Was die Zahl nicht ist.'),
    ('stand', 'vorläufig oder endgültig am Tag des Lesens (Europe/Berlin): endgültig, sobald seit dem Ende des Zeitraums so viele ganze Monate vergangen sind, wie die Zählregeln sagen.'),
    ('stand_hinweis', 'Was zum Stand zu sagen ist, wenn Personen des Zeitraums inzwischen entfernt sind; sonst leer. Nur intern.'),
    ('zuordnung_stand', 'abgestimmt, oder „Vorschlag, nicht abgestimmt“.'),
    ('kategorien_version', 'Version der Zuordnung zu Kategorien.'),
    ('zaehlregeln_version', 'Version der Zählregeln.'),
    ('kalender_version', 'Version des Stichtagskalenders.'),
    ('abgleich_version', 'Version der Regeln, nach denen Personen wiedererkannt werden.'),
    ('betriebsmodell', 'Betriebsmodell M1, M2 oder M3.'),
    ('lieferungen_erwartet', 'Erwartete Lieferungen: Partner des Vorhabens (oder aller Vorhaben) mal Monate des Zeitraums.'),
    ('lieferungen_eingegangen', 'Davon geladen. „5 von 6 Lieferungen“.'),
    ('teilnahmen_bekannt', 'Teilnahmen, die die Lieferungen zum letzten Monat des Zeitraums nennen (ohne doppelte Zeilen), auch zurückgewiesene, ohne Einwilligung, abgelaufene und angehaltene. Nur intern: daraus ergibt sich, wie viele einwilligen.'),
    ('teilnahmen_geladen', 'Davon im Lager, also gezählt. Nur intern.'),
    ('zeitraum', 'monat, quartal, zwoelf_monate (gleitend, an Quartalsenden) oder jahr; jeder für sich gezählt, nie aus kürzeren summiert.'),
    ('beginn', 'Erster Tag des Zeitraums.'),
    ('ende', 'Letzter Tag des Zeitraums.'),
    ('monat', 'Erster Tag des Monats.'),
    ('stichtag', 'Stichtag des letzten Monats.'),
    ('jobcenter_nr', 'Jobcenter; * = alle, OHNE = keines angegeben.'),
    ('vorhaben_id', 'Vorhaben; * = alle.'),
    ('quartier_id', 'Quartier; * = alle, OHNE = keines angegeben.'),
    ('tvp_id', 'Teilvorhabenpartner. Nur für den Vorhabenträger und diesen Partner, nie für ein Jobcenter.'),
    ('reihenfolge', 'Reihenfolge im Bericht.'),
    ('ohne_angabe', 'Davon ohne Angabe.')
        ) as k (attname, satz)
        inner join pg_attribute as a on a.attname = k.attname and a.attnum > 0
        inner join pg_class as c on a.attrelid = c.oid and c.relkind = 'v'
        inner join pg_namespace as n on c.relnamespace = n.oid and n.nspname in ('bericht', 'zahl')
        where col_description(c.oid, a.attnum) is null
            or (n.nspname, c.relname) in (('bericht', 'figuren'), ('bericht', 'monatszahlen'), ('bericht', 'ohne_einwilligung'))
            and k.attname = 'stand'
    loop
        execute format('comment on column %I.%I.%I is %L', spalte.nspname, spalte.relname, spalte.attname, spalte.satz);
    end loop;
end
$$;

grant select, insert, update, delete on betrieb.lieferung_summe, kern.platz to zaehlbar_lader;
grant select, insert, update, delete on all tables in schema katalog to zaehlbar_lader;
grant select on all tables in schema katalog, bericht to zaehlbar_qualitaet;
grant select on betrieb.lieferung_summe to zaehlbar_qualitaet;
grant select on zahl.zeitraum, zahl.rahmen, zahl.zeitraum_abdeckung to zaehlbar_lader;
grant select on all tables in schema bericht to zaehlbar_lader;
grant execute on function kern.teilnahmen_je_lieferung() to zaehlbar_lader, zaehlbar_qualitaet;

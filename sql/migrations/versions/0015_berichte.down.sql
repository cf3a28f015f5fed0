-- Report views, and what they need: sums a partner declares, places per delivery, optional tables of the site.

drop view bericht.vollstaendigkeit;
drop view bericht.puenktlichkeit;
drop view bericht.abgleich_dates;
drop view bericht.rueckmeldung;
drop view bericht.amtlicher_bestand;
drop view bericht.amtliche_kennzahlen;
drop view bericht.zusammenarbeit;
drop view bericht.plaetze_intern;
drop view bericht.plaetze;
drop view bericht.zielgruppenerreichung_tvp;
drop view bericht.zielgruppenerreichung;
drop view bericht.ueberschneidungen;
drop view bericht.anschluss;
drop view bericht.zugangswege;
drop view bericht.ereignisse;
drop view bericht.zwischenschritte;
drop view bericht.aktivitaeten;
drop view bericht.zusammensetzung;
drop view bericht.zeitraumzahlen;
drop view bericht.monatszahlen;
drop view bericht.bestandsrechnung;
drop view bericht.figuren;
drop view bericht.ohne_einwilligung;
drop view zahl.zeitraum_abdeckung;
drop view bericht.abdeckung;
drop view zahl.rahmen;
drop view zahl.zeitraum;

drop function zahl.wilson(bigint, bigint, integer);
drop function kern.teilnahmen_je_lieferung();
drop view katalog.angabe;
drop table katalog.zielgruppe_vergleich;
drop table katalog.jobcenter_rueckmeldung;
drop table katalog.amtlicher_bestand;
drop table katalog.amtliche_kennzahl;
drop view katalog.k3e2_massnahme;
drop view katalog.kennzahl;
drop table kern.platz;
drop table betrieb.lieferung_summe;

-- The views as they were before.

create view bericht.abdeckung as
select
    m.monat::date as monat,
    t.vorhaben_id,
    count(*)::integer as erwartet,
    count(*) filter (where g.da)::integer as eingegangen
from katalog.tvp as t
cross join lateral generate_series(date_trunc('month', t.von), t.bis, interval '1 month') as m (monat)
cross join lateral (
    select exists (
        select from betrieb.lieferung as l
        where
            l.status = 'geladen'
            and l.vorhaben_id = t.vorhaben_id
            and l.tvp_id = t.tvp_id
            and l.zeitraum_von <= (m.monat + interval '1 month' - interval '1 day')::date
            and l.zeitraum_bis >= (m.monat + interval '1 month' - interval '1 day')::date
    ) as da
) as g
group by 1, 2;
comment on view bericht.abdeckung is 'Auf wie vielen der erwarteten Lieferungen ein Monat beruht (ein Partner mit geladener Lieferung, die den Monat abdeckt, zählt als eingegangen). Intern, nicht zur Weitergabe.';
comment on column bericht.abdeckung.monat is 'Erster Tag des Monats.';
comment on column bericht.abdeckung.vorhaben_id is 'Vorhaben.';
comment on column bericht.abdeckung.erwartet is 'Erwartete Lieferungen.';
comment on column bericht.abdeckung.eingegangen is 'Davon geladen.';

create view bericht.figuren as
with abdeckung as materialized (
    select
        a.monat,
        a.vorhaben_id,
        v.land,
        a.erwartet,
        a.eingegangen
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
        sum(d.eingegangen)::integer as eingegangen
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
            <= coalesce(e.gezaehlt_am, c.gezaehlt_am)::date
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
    case when r.kategorien_abgestimmt then 'abgestimmt' else 'Vorschlag, nicht abgestimmt' end as zuordnung_stand,
    r.kategorien_version,
    r.zaehlregeln_version,
    r.kalender_version,
    r.abgleich_version,
    r.betriebsmodell,
    a.erwartet as lieferungen_erwartet,
    a.eingegangen as lieferungen_eingegangen,
    z.bekannt_von as seit_lauf
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
comment on view bericht.figuren is 'Geltende interne Figuren aller Zeiträume mit Regeln, Abdeckung und Abgrenzung. Intern, nicht zur Weitergabe.';
comment on column bericht.figuren.hinweis is 'Jede Ausgabe trägt diesen Hinweis.';
comment on column bericht.figuren.zeitraum is 'monat, quartal, jahr oder zwoelf_monate (bis zu einem Quartalsende).';
comment on column bericht.figuren.beginn is 'Erster Tag des Zeitraums.';
comment on column bericht.figuren.ende is 'Letzter Tag des Zeitraums.';
comment on column bericht.figuren.stichtag is 'Stichtag des letzten Monats.';
comment on column bericht.figuren.land is 'Land des Vorhabens; * = alle.';
comment on column bericht.figuren.jobcenter_nr is 'Jobcenter; * = alle, OHNE = keines angegeben.';
comment on column bericht.figuren.vorhaben_id is 'Vorhaben; * = alle.';
comment on column bericht.figuren.quartier_id is 'Quartier; * = alle, OHNE = keines angegeben.';
comment on column bericht.figuren.tvp_id is 'Teilvorhabenpartner; * = alle. Nie für ein Jobcenter.';
comment on column bericht.figuren.kategorie is 'Kategorie; * = alle Teilnahmen.';
comment on column bericht.figuren.kategorie_name is 'Bezeichnung der Kategorie; leer bei *.';
comment on column bericht.figuren.teilnahmen is 'Im Zeitraum laufende Teilnahmen.';
comment on column bericht.figuren.personen is 'Verschiedene Personen im Zeitraum.';
comment on column bericht.figuren.eintritte is 'Formale Eintritte von Stichtag zu Stichtag.';
comment on column bericht.figuren.eintritte_zaehlbar is 'Zählbare Eintritte von Stichtag zu Stichtag.';
comment on column bericht.figuren.austritte is 'Austritte von Stichtag zu Stichtag.';
comment on column bericht.figuren.austritte_zaehlbar is 'Austritte zählbarer Teilnahmen von Stichtag zu Stichtag.';
comment on column bericht.figuren.bestand is 'Teilnahmen am Stichtag.';
comment on column bericht.figuren.bestand_personen is 'Personen am Stichtag.';
comment on column bericht.figuren.bestand_zaehlbar is 'Zählbare Teilnahmen am Stichtag.';
comment on column bericht.figuren.bestand_aktiv is 'Davon aktiv; leer: abgeschaltet.';
comment on column bericht.figuren.personen_unter_schwelle is 'Erreichte Personen unter der Stundenschwelle; leer: abgeschaltet.';
comment on column bericht.figuren.teilnahmen_parallel is 'Überschneidung: Teilnahmen mit paralleler Maßnahme des Jobcenters.';
comment on column bericht.figuren.personen_parallel is 'Überschneidung: Personen mit paralleler Maßnahme des Jobcenters.';
comment on column bericht.figuren.ausgetreten is 'Personen, deren letzte Teilnahme bis zum Ende des Zeitraums endete.';
comment on column bericht.figuren.geblieben is 'Personen, deren letzte Teilnahme noch läuft.';
comment on column bericht.figuren.stunden is 'Stunden der Aktivitäten im Zeitraum.';
comment on column bericht.figuren.stand is 'vorläufig oder endgültig am Tag der letzten Zählung.';
comment on column bericht.figuren.stand_hinweis is 'Was zum Stand zu sagen ist, wenn Personen des Zeitraums inzwischen entfernt sind: nachgezählt ohne sie, oder stehen geblieben, wie vor dem Ablauf der Aufbewahrung gezählt. Nur intern.';
comment on column bericht.figuren.abgrenzung is 'Was die Zahl nicht ist.';
comment on column bericht.figuren.zuordnung_stand is 'Ob die Zuordnung zu Kategorien abgestimmt ist.';
comment on column bericht.figuren.kategorien_version is 'Version der Zuordnung.';
comment on column bericht.figuren.zaehlregeln_version is 'Version der Zählregeln.';
comment on column bericht.figuren.kalender_version is 'Version des Stichtagskalenders.';
comment on column bericht.figuren.abgleich_version is 'Version der Abgleichregeln, nach denen Personen erkannt wurden.';
comment on column bericht.figuren.betriebsmodell is 'Betriebsmodell M1, M2 oder M3.';
comment on column bericht.figuren.lieferungen_erwartet is 'Erwartete Monatslieferungen des Zeitraums (aller Partner der Vorhaben).';
comment on column bericht.figuren.lieferungen_eingegangen is 'Davon geladen.';
comment on column bericht.figuren.seit_lauf is 'Lauf, seit dem die Figur so lautet.';

create view bericht.monatszahlen as
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
    z.personen_parallel
from bericht.figuren as z
where z.zeitraum = 'monat' and z.land = '*' and z.quartier_id = '*';
comment on view bericht.monatszahlen is 'Geltende interne Monatszahlen mit Regeln, Abdeckung und Abgrenzung, alle Länder und Quartiere zusammen (einzeln: bericht.figuren). Intern, nicht zur Weitergabe.';
comment on column bericht.monatszahlen.hinweis is 'Jede Ausgabe trägt diesen Hinweis.';
comment on column bericht.monatszahlen.monat is 'Erster Tag des Berichtsmonats.';
comment on column bericht.monatszahlen.stichtag is 'Stichtag des Monats.';
comment on column bericht.monatszahlen.jobcenter_nr is 'Jobcenter; * = alle, OHNE = keines angegeben.';
comment on column bericht.monatszahlen.vorhaben_id is 'Vorhaben; * = alle.';
comment on column bericht.monatszahlen.tvp_id is 'Teilvorhabenpartner; * = alle.';
comment on column bericht.monatszahlen.kategorie is 'Kategorie; * = alle Teilnahmen.';
comment on column bericht.monatszahlen.kategorie_name is 'Bezeichnung der Kategorie; leer bei *.';
comment on column bericht.monatszahlen.teilnahmen is 'Laufende Teilnahmen im Kalendermonat.';
comment on column bericht.monatszahlen.personen is 'Verschiedene Personen im Kalendermonat.';
comment on column bericht.monatszahlen.eintritte is 'Formale Eintritte von Stichtag zu Stichtag.';
comment on column bericht.monatszahlen.eintritte_zaehlbar is 'Zählbare Eintritte von Stichtag zu Stichtag.';
comment on column bericht.monatszahlen.austritte is 'Austritte von Stichtag zu Stichtag.';
comment on column bericht.monatszahlen.bestand is 'Teilnahmen am Stichtag.';
comment on column bericht.monatszahlen.bestand_personen is 'Personen am Stichtag.';
comment on column bericht.monatszahlen.bestand_aktiv is 'Davon aktiv; leer: abgeschaltet.';
comment on column bericht.monatszahlen.personen_unter_schwelle is 'Erreichte Personen unter der Stundenschwelle; leer: abgeschaltet.';
comment on column bericht.monatszahlen.ausgetreten is 'Personen, deren letzte Teilnahme bis Monatsende endete.';
comment on column bericht.monatszahlen.geblieben is 'Personen, deren letzte Teilnahme noch läuft.';
comment on column bericht.monatszahlen.stunden is 'Stunden der Aktivitäten im Kalendermonat.';
comment on column bericht.monatszahlen.stand is 'vorläufig oder endgültig am Tag der letzten Zählung.';
comment on column bericht.monatszahlen.abgrenzung is 'Was die Zahl nicht ist.';
comment on column bericht.monatszahlen.zuordnung_stand is 'Ob die Zuordnung zu Kategorien abgestimmt ist.';
comment on column bericht.monatszahlen.kategorien_version is 'Version der Zuordnung.';
comment on column bericht.monatszahlen.zaehlregeln_version is 'Version der Zählregeln.';
comment on column bericht.monatszahlen.kalender_version is 'Version des Stichtagskalenders.';
comment on column bericht.monatszahlen.betriebsmodell is 'Betriebsmodell M1, M2 oder M3.';
comment on column bericht.monatszahlen.lieferungen_erwartet is 'Erwartete Lieferungen des Monats (aller Partner des Vorhabens).';
comment on column bericht.monatszahlen.lieferungen_eingegangen is 'Davon geladen.';
comment on column bericht.monatszahlen.seit_lauf is 'Lauf, seit dem die Figur so lautet.';
comment on column bericht.monatszahlen.abgleich_version is 'Version der Abgleichregeln, nach denen Personen erkannt wurden.';
comment on column bericht.monatszahlen.stand_hinweis is 'Was zum Stand zu sagen ist, wenn Personen des Monats inzwischen entfernt sind: nachgezählt ohne sie, oder stehen geblieben, wie vor dem Ablauf der Aufbewahrung gezählt. Nur intern.';
comment on column bericht.monatszahlen.austritte_zaehlbar is 'Austritte zählbarer Teilnahmen von Stichtag zu Stichtag.';
comment on column bericht.monatszahlen.bestand_zaehlbar is 'Zählbare Teilnahmen am Stichtag.';
comment on column bericht.monatszahlen.teilnahmen_parallel is 'Überschneidung: Teilnahmen mit paralleler Maßnahme des Jobcenters.';
comment on column bericht.monatszahlen.personen_parallel is 'Überschneidung: Personen mit paralleler Maßnahme des Jobcenters.';
grant select on bericht.figuren, bericht.monatszahlen to zaehlbar_lader, zaehlbar_qualitaet;

-- The stock as an account: every month is closed when the following one is first counted (at the earliest in the run that
-- counted it first itself), and is read as it was told last before. What later runs say differently about months closed
-- already is a correction in the month that was open then; it is taken from the history of the flows, not of the stock.
create view bericht.bestandsrechnung as
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
        as abgrenzung
from zeile as z
inner join abschluss as a on z.monat = a.monat
where
    z.bestand_vorher <> 0 or z.eintritte <> 0 or z.austritte <> 0 or z.bestand <> 0 or z.bestand_heute <> 0
    or z.korrektur_eintritte <> 0 or z.korrektur_austritte <> 0 or z.eintritte_zaehlbar <> 0
    or z.korrektur_eintritte_zaehlbar <> 0 or z.korrektur_austritte_zaehlbar <> 0;
comment on view bericht.bestandsrechnung is 'Bestand als Konto: Bestand = vorher + Eintritte − Austritte + Korrekturen, je Monat × Jobcenter × Vorhaben (* = alle), formal und zählbar. Ein Monat ist abgeschlossen, sobald der folgende erstmals gezählt ist, und steht hier, wie er zuletzt davor gesagt wurde; was spätere Läufe an abgeschlossenen Monaten änderten, steht als Korrektur im damals offenen Monat. Intern, nicht zur Weitergabe.';
comment on column bericht.bestandsrechnung.hinweis is 'Jede Ausgabe trägt diesen Hinweis.';
comment on column bericht.bestandsrechnung.monat is 'Erster Tag des Monats.';
comment on column bericht.bestandsrechnung.jobcenter_nr is 'Jobcenter; * = alle, OHNE = keines angegeben.';
comment on column bericht.bestandsrechnung.vorhaben_id is 'Vorhaben; * = alle.';
comment on column bericht.bestandsrechnung.bestand_vorher is 'Bestand des Vormonats, wie er zuletzt gesagt wurde, bevor dieser Monat erstmals gezählt war.';
comment on column bericht.bestandsrechnung.eintritte is 'Formale Eintritte von Stichtag zu Stichtag, wie bei Abschluss des Monats bekannt.';
comment on column bericht.bestandsrechnung.austritte is 'Austritte von Stichtag zu Stichtag, wie bei Abschluss des Monats bekannt.';
comment on column bericht.bestandsrechnung.korrektur_eintritte is 'Um wie viel sich die Eintritte früherer Monate änderten, während dieser Monat offen war (aus der Geschichte der Figuren).';
comment on column bericht.bestandsrechnung.korrektur_austritte is 'Um wie viel sich die Austritte früherer Monate änderten, während dieser Monat offen war.';
comment on column bericht.bestandsrechnung.korrekturen is 'korrektur_eintritte − korrektur_austritte.';
comment on column bericht.bestandsrechnung.bestand is 'Bestand am Stichtag, wie bei Abschluss des Monats bekannt.';
comment on column bericht.bestandsrechnung.rest is 'bestand − bestand_vorher − eintritte + austritte − korrekturen; bei eigenen Figuren 0, außer neben Monaten, die nicht mehr gezählt werden.';
comment on column bericht.bestandsrechnung.bestand_vorher_zaehlbar is 'Wie bestand_vorher, zählbare Teilnahmen; leer: damals noch nicht gezählt.';
comment on column bericht.bestandsrechnung.eintritte_zaehlbar is 'Zählbare Eintritte.';
comment on column bericht.bestandsrechnung.austritte_zaehlbar is 'Austritte zählbarer Teilnahmen; leer: damals noch nicht gezählt.';
comment on column bericht.bestandsrechnung.korrektur_eintritte_zaehlbar is 'Wie korrektur_eintritte, zählbare Eintritte.';
comment on column bericht.bestandsrechnung.korrektur_austritte_zaehlbar is 'Wie korrektur_austritte, zählbare Teilnahmen; leer: damals noch nicht gezählt.';
comment on column bericht.bestandsrechnung.korrekturen_zaehlbar is 'korrektur_eintritte_zaehlbar − korrektur_austritte_zaehlbar.';
comment on column bericht.bestandsrechnung.bestand_zaehlbar is 'Zählbare Teilnahmen am Stichtag; leer: damals noch nicht gezählt.';
comment on column bericht.bestandsrechnung.rest_zaehlbar is 'Wie rest, zählbar; leer: damals noch nicht gezählt.';
comment on column bericht.bestandsrechnung.bestand_heute is 'Bestand des Monats, wie er jetzt gezählt ist, mit allen Korrekturen.';
comment on column bericht.bestandsrechnung.stand_lauf is 'Lauf, nach dessen Stand der Monat abgeschlossen ist; leer: noch offen.';
comment on column bericht.bestandsrechnung.abgrenzung is 'Was die Zahl nicht ist.';
grant select on bericht.bestandsrechnung to zaehlbar_lader, zaehlbar_qualitaet;

create view bericht.ohne_einwilligung as
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
        when (z.monat + interval '1 month' + make_interval(months => r.vorlaeufig_monate))::date <= c.gezaehlt_am::date
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
comment on view bericht.ohne_einwilligung is 'Teilnahmen ohne Einwilligung je Monat und Jobcenter, alle Partner zusammen (je Partner wäre es eine Einwilligungsquote). Leer, wenn die Site keine Rechtsgrundlage nennt. Eine Zeile für sich, in keiner anderen Zahl enthalten. Intern, nicht zur Weitergabe.';
comment on column bericht.ohne_einwilligung.hinweis is 'Jede Ausgabe trägt diesen Hinweis.';
comment on column bericht.ohne_einwilligung.bezeichnung is 'So heißt die Zeile in jedem Bericht.';
comment on column bericht.ohne_einwilligung.monat is 'Erster Tag des Berichtsmonats.';
comment on column bericht.ohne_einwilligung.stichtag is 'Stichtag, nach dem gezählt wurde.';
comment on column bericht.ohne_einwilligung.jobcenter_nr is 'Jobcenter; * = alle, OHNE = keines angegeben.';
comment on column bericht.ohne_einwilligung.teilnahmen is 'Teilnahmen, die im Kalendermonat liefen.';
comment on column bericht.ohne_einwilligung.eintritte is 'Formale Eintritte von Stichtag zu Stichtag.';
comment on column bericht.ohne_einwilligung.austritte is 'Austritte von Stichtag zu Stichtag.';
comment on column bericht.ohne_einwilligung.bestand is 'Teilnahmen am Stichtag.';
comment on column bericht.ohne_einwilligung.rechtsgrundlage is 'Worauf das Zählen beruht.';
comment on column bericht.ohne_einwilligung.stand is 'vorläufig oder endgültig am Tag der letzten Zählung.';
comment on column bericht.ohne_einwilligung.abgrenzung is 'Was die Zahl nicht ist.';
comment on column bericht.ohne_einwilligung.zuordnung_stand is 'Ob die Zuordnung zu Kategorien abgestimmt ist; hier ohne Wirkung.';
comment on column bericht.ohne_einwilligung.kategorien_version is 'Version der Zuordnung; hier ohne Wirkung.';
comment on column bericht.ohne_einwilligung.zaehlregeln_version is 'Version der Zählregeln.';
comment on column bericht.ohne_einwilligung.kalender_version is 'Version des Stichtagskalenders bei der letzten Zählung.';
comment on column bericht.ohne_einwilligung.betriebsmodell is 'Betriebsmodell; nur in M1 wird so gezählt.';
comment on column bericht.ohne_einwilligung.lieferungen_erwartet is 'Erwartete Lieferungen des Monats (aller Partner).';
comment on column bericht.ohne_einwilligung.lieferungen_eingegangen is 'Davon geladen.';

grant select on bericht.abdeckung, bericht.ohne_einwilligung to zaehlbar_lader, zaehlbar_qualitaet;

drop view bericht.monatszahlen;
create view bericht.monatszahlen as
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
    a.eingegangen as lieferungen_eingegangen,
    z.bekannt_von as seit_lauf,
    r.abgleich_version
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
inner join betrieb.regelwerk as r on c.regelwerk_nr = r.regelwerk_nr
left join katalog.kategorie as k on r.kategorien_version = k.version and z.kategorie = k.kategorie
left join lateral (
    select
        sum(erwartet)::integer as erwartet,
        sum(eingegangen)::integer as eingegangen
    from bericht.abdeckung as d
    where d.monat = z.monat and (z.vorhaben_id = '*' or d.vorhaben_id = z.vorhaben_id)
) as a on true
where z.bekannt_bis is null;
comment on view bericht.monatszahlen is 'Geltende interne Monatszahlen mit Regeln, Abdeckung und Abgrenzung. Intern, nicht zur Weitergabe.';
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
grant select on bericht.monatszahlen to zaehlbar_lader, zaehlbar_qualitaet;
drop table zahl.eingefroren;
drop table zahl.entfernt;
drop table betrieb.aufbewahrung_sperre;
alter table betrieb.regelwerk drop column aufbewahrung_version;
comment on column betrieb.bilanz.zurueckgehalten is 'Ohne Einwilligung, nicht geladen.';
alter table betrieb.lieferung drop column roh_geloescht_am, drop column abgeschlossen_am;

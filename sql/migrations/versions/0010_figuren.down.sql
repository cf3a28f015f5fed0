drop view bericht.bestandsrechnung;
drop view bericht.monatszahlen;
drop view bericht.figuren;
create table zahl.monatszahl (
    monat date not null check (extract(day from monat) = 1),
    jobcenter_nr text not null,
    vorhaben_id text not null,
    tvp_id text not null,
    kategorie text not null,
    stichtag date not null,
    teilnahmen integer not null,
    personen integer not null,
    eintritte integer not null,
    eintritte_zaehlbar integer not null,
    austritte integer not null,
    bestand integer not null,
    bestand_personen integer not null,
    bestand_aktiv integer,
    personen_unter_schwelle integer,
    ausgetreten integer not null,
    geblieben integer not null,
    dauer_min bigint not null,
    bekannt_von integer not null,
    bekannt_bis integer,
    primary key (monat, jobcenter_nr, vorhaben_id, tvp_id, kategorie, bekannt_von),
    check (bekannt_bis > bekannt_von)
);
comment on table zahl.monatszahl is 'Interne Figuren je Monat × Jobcenter × Vorhaben × TVP × Kategorie und ihre Summen, mit ihrer Geschichte. Nicht zur Weitergabe.';
comment on column zahl.monatszahl.monat is 'Erster Tag des Berichtsmonats.';
comment on column zahl.monatszahl.jobcenter_nr is 'Jobcenter; * = alle, OHNE = keines angegeben.';
comment on column zahl.monatszahl.vorhaben_id is 'Vorhaben; * = alle.';
comment on column zahl.monatszahl.tvp_id is 'Teilvorhabenpartner; * = alle.';
comment on column zahl.monatszahl.kategorie is 'Kategorie der Aktivitäten; * = alle Teilnahmen, auch ohne Aktivität. Personen je Kategorie ergeben nicht die Summe.';
comment on column zahl.monatszahl.stichtag is 'Stichtag des Monats.';
comment on column zahl.monatszahl.teilnahmen is 'Teilnahmen, die im Kalendermonat liefen (Eintritt bis Monatsende, kein Austritt vor Monatsbeginn); je Kategorie: mit Aktivität der Kategorie im Monat.';
comment on column zahl.monatszahl.personen is 'Verschiedene Personen dieser Teilnahmen.';
comment on column zahl.monatszahl.eintritte is 'Formale Eintritte nach dem vorigen bis zum Stichtag; je Kategorie: erste Aktivität der Kategorie.';
comment on column zahl.monatszahl.eintritte_zaehlbar is 'Zählbare Eintritte: Tag, an dem die Stundenschwelle erreicht wird (spätestens der Austritt), nach dem vorigen bis zum Stichtag.';
comment on column zahl.monatszahl.austritte is 'Austritte nach dem vorigen bis zum Stichtag.';
comment on column zahl.monatszahl.bestand is 'Teilnahmen am Stichtag: eingetreten, nicht ausgetreten.';
comment on column zahl.monatszahl.bestand_personen is 'Verschiedene Personen im Bestand.';
comment on column zahl.monatszahl.bestand_aktiv is 'Davon aktiv: Teilnahmen im Bestand mit Aktivität in den letzten Tagen vor dem Stichtag (Zählregel); leer: abgeschaltet.';
comment on column zahl.monatszahl.personen_unter_schwelle is 'Erreichte Personen, die bis Monatsende die Stundenschwelle nicht erreichten; leer: Schwelle abgeschaltet.';
comment on column zahl.monatszahl.ausgetreten is 'Personen des Monats, deren letzte Teilnahme bis Monatsende endete.';
comment on column zahl.monatszahl.geblieben is 'Personen des Monats, deren letzte Teilnahme am Monatsende noch läuft.';
comment on column zahl.monatszahl.dauer_min is 'Minuten der Aktivitäten im Kalendermonat.';
comment on column zahl.monatszahl.bekannt_von is 'Lauf, seit dem die Figur so lautet.';
comment on column zahl.monatszahl.bekannt_bis is 'Lauf, seit dem sie anders lautet; leer: gilt.';

-- Only months of all Länder and Quartiere had a place before.
insert into zahl.monatszahl
select
    beginn,
    jobcenter_nr,
    vorhaben_id,
    tvp_id,
    kategorie,
    stichtag,
    teilnahmen,
    personen,
    eintritte,
    eintritte_zaehlbar,
    austritte,
    bestand,
    bestand_personen,
    bestand_aktiv,
    personen_unter_schwelle,
    ausgetreten,
    geblieben,
    dauer_min,
    bekannt_von,
    bekannt_bis
from zahl.figur
where zeitraum = 'monat' and land = '*' and quartier_id = '*';
drop table zahl.figur;
grant select, insert, update, delete on zahl.monatszahl to zaehlbar_lader;

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
grant select on bericht.monatszahlen to zaehlbar_lader, zaehlbar_qualitaet;

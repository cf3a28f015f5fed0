-- Internal figures and the views that read them.

create table zahl.zaehlung (
    lauf_id integer primary key references betrieb.lauf (lauf_id),
    regelwerk_nr integer not null references betrieb.regelwerk (regelwerk_nr),
    gezaehlt_am timestamptz not null default now()
);
comment on table zahl.zaehlung is 'Jede vollendete Zählung mit dem Regelwerk, unter dem sie zählte.';
comment on column zahl.zaehlung.lauf_id is 'Lauf, der zählte.';
comment on column zahl.zaehlung.regelwerk_nr is 'Regelwerk der Zählung.';
comment on column zahl.zaehlung.gezaehlt_am is 'Zeitpunkt der Zählung.';

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
    z.bekannt_von as seit_lauf
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

-- Who may do what. The controller's role sees the (still empty) publications and nothing else.
revoke all on schema public from public;
grant usage on schema betrieb, abgleich, kern, katalog, zahl, bericht, veroeffentlichung to zaehlbar_lader;
grant select, insert, update, delete on all tables in schema betrieb, abgleich, kern, katalog, zahl to zaehlbar_lader;
grant select on all tables in schema bericht to zaehlbar_lader;
grant usage on all sequences in schema betrieb, kern to zaehlbar_lader;
grant usage on schema betrieb, katalog, bericht to zaehlbar_qualitaet;
grant select on all tables in schema betrieb, katalog, bericht to zaehlbar_qualitaet;
revoke select on betrieb.schluessel from zaehlbar_qualitaet;
grant insert on betrieb.entscheidung to zaehlbar_qualitaet;
grant usage on schema veroeffentlichung to zaehlbar_controlling;

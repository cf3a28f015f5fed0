-- Persons without consent: counted in the trusted zone, stored as numbers only; legal bases named by every figure.

alter table betrieb.regelwerk
    add column rechtsgrundlage text,
    add column ohne_einwilligung text;
comment on column betrieb.regelwerk.rechtsgrundlage is 'Worauf die Zeilen zu einzelnen Personen im Betriebsmodell beruhen; leer bei Ständen aus der Zeit davor.';
comment on column betrieb.regelwerk.ohne_einwilligung is 'Rechtsgrundlage, Personen ohne Einwilligung als Summe zu zählen; leer: sie werden nicht gezählt.';

create table zahl.ohne_einwilligung (
    lieferung_nr integer not null references betrieb.lieferung (lieferung_nr) on delete cascade,
    monat date not null check (extract(day from monat) = 1),
    jobcenter_nr text not null,
    stichtag date not null,
    teilnahmen integer not null check (teilnahmen >= 0),
    eintritte integer not null check (eintritte >= 0),
    austritte integer not null check (austritte >= 0),
    bestand integer not null check (bestand >= 0),
    primary key (lieferung_nr, monat, jobcenter_nr)
);
comment on table zahl.ohne_einwilligung is 'Teilnahmen von Personen ohne Einwilligung, in der geschützten Zone gezählt, nie einzeln gespeichert. Nur die höchstrangige Lieferung je Partner. Nicht entdoppelt, nie zu anderen Zahlen addiert, nicht zur Weitergabe.';
comment on column zahl.ohne_einwilligung.lieferung_nr is 'Lieferung, aus der gezählt wurde.';
comment on column zahl.ohne_einwilligung.monat is 'Erster Tag des Berichtsmonats.';
comment on column zahl.ohne_einwilligung.jobcenter_nr is 'Jobcenter; OHNE = keines angegeben.';
comment on column zahl.ohne_einwilligung.stichtag is 'Stichtag des Monats nach dem Kalender, der beim Laden galt.';
comment on column zahl.ohne_einwilligung.teilnahmen is 'Teilnahmen, die im Kalendermonat liefen.';
comment on column zahl.ohne_einwilligung.eintritte is 'Formale Eintritte nach dem vorigen bis zum Stichtag.';
comment on column zahl.ohne_einwilligung.austritte is 'Austritte nach dem vorigen bis zum Stichtag.';
comment on column zahl.ohne_einwilligung.bestand is 'Teilnahmen am Stichtag: eingetreten, nicht ausgetreten.';

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

comment on table abgleich.widerruf is 'Widerrufe, Ablehnungen und abgelaufene oder herabgesetzte Einwilligungen, gemerkt nur als Token und Tag, damit keine ältere Einwilligung auflebt.';
comment on column abgleich.widerruf.widerruf_am is 'Tag der Erklärung; 0001-01-01: ohne Tag geliefert, älter als jede andere.';

grant select, insert, update, delete on zahl.ohne_einwilligung to zaehlbar_lader;
grant select on bericht.ohne_einwilligung to zaehlbar_lader, zaehlbar_qualitaet;

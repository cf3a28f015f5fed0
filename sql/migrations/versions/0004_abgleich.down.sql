-- Later rows of `grund` would not fit the older rule: what rests on rules and decisions is found again without them.
update kern.person_zuordnung set grund = 'exakt' where grund in ('regel', 'entscheidung');
alter table kern.person_zuordnung drop constraint person_zuordnung_grund_check;
alter table kern.person_zuordnung
    add constraint person_zuordnung_grund_check check (grund in ('allein', 'exakt'));
comment on column kern.person_zuordnung.grund is 'allein (keine andere Identität) oder exakt (gleiches Token mit vollem Geburtsdatum).';

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
grant select on bericht.monatszahlen to zaehlbar_lader, zaehlbar_qualitaet;
alter table betrieb.regelwerk drop column abgleich_version;

alter table abgleich.widerruf drop constraint widerruf_pkey;
delete from abgleich.widerruf as w
where exists (
    select from abgleich.widerruf as x
    where x.token = w.token and (x.widerruf_am, x.art, x.normalisierer_version) > (w.widerruf_am, w.art, w.normalisierer_version)
);
alter table abgleich.widerruf
    drop column art,
    drop column normalisierer_version,
    drop column schluessel_id,
    add primary key (token);
comment on column abgleich.widerruf.token is 'Token der Teilnehmendennummer oder, mit vollem Geburtsdatum, der Person.';

alter table abgleich.identitaet_token add column exakt_token bytea, add column normalisierer_version integer;
update abgleich.identitaet_token as t set
    exakt_token = (
        select m.exakt_token from abgleich.merkmal as m
        where m.identitaet_id = t.identitaet_id and m.normalisierer_version = 1
    ),
    normalisierer_version = 1;
alter table abgleich.identitaet_token alter column normalisierer_version set not null;
create index identitaet_token_exakt_ix on abgleich.identitaet_token (exakt_token);
comment on table abgleich.identitaet_token is 'Token einer Identität: woran sie wiedererkannt wird, und aus ihrer höchstrangigen Lieferung, mit wem sie zusammengehört.';
comment on column abgleich.identitaet_token.exakt_token is 'HMAC-SHA-256 über Nachname, Vorname und volles Geburtsdatum in Suchform; leer ohne volles Geburtsdatum.';
comment on column abgleich.identitaet_token.normalisierer_version is 'Version der Normalisierung.';
comment on column abgleich.identitaet_token.geaendert_lauf is 'Lauf, in dem sich die Token zuletzt änderten.';

drop view abgleich.paar_entscheidung_gilt;
drop table
    abgleich.widerspruch, abgleich.paar_entscheidung, abgleich.paar, abgleich.haeufig, abgleich.ausstehend,
    abgleich.stand, abgleich.merkmal, betrieb.anlass;

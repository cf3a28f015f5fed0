-- Matching without clear names: tokens by kind, pairs they make, what a person decided about a pair.

create table betrieb.anlass (
    anlass_nr integer generated always as identity primary key,
    art text not null check (art in ('entscheidung', 'loeschung', 'einschraenkung', 'berichtigung', 'aufbewahrung')),
    entstanden_am timestamptz not null default now(),
    gezaehlt_lauf integer references betrieb.lauf (lauf_id)
);
comment on table betrieb.anlass is 'Warum Personen und Figuren neu zu bestimmen sind, obwohl keine Lieferung geladen wurde. Nie, wen es betrifft.';
comment on column betrieb.anlass.anlass_nr is 'Laufende Nummer.';
comment on column betrieb.anlass.art is 'entscheidung (über ein Paar), loeschung, einschraenkung, berichtigung oder aufbewahrung (Frist abgelaufen).';
comment on column betrieb.anlass.entstanden_am is 'Zeitpunkt.';
comment on column betrieb.anlass.gezaehlt_lauf is 'Lauf, der danach zählte; leer: steht aus.';

-- Tokens by kind and normaliser version. No index per token: identify joins whole columns by hash, and each index would
-- cost more than the load itself.
create table abgleich.merkmal (
    identitaet_id bigint not null,
    normalisierer_version smallint not null,
    exakt_token bytea,
    phonetisch_token uuid,
    nachname_phonetisch_token uuid,
    getauscht_token uuid,
    ohne_tag_token uuid,
    ohne_monat_token uuid,
    ohne_jahr_token uuid,
    tag_monat_token uuid,
    teilname_token uuid,
    endname_token uuid,
    anfang_token uuid,
    vorname_plz_token uuid,
    nachname_plz_token uuid,
    name_plz_token uuid,
    name_token uuid,
    schluessel_id text not null,
    geaendert_lauf integer not null,
    primary key (identitaet_id, normalisierer_version)
);
comment on table abgleich.merkmal is 'Merkmale einer Identität aus ihrer höchstrangigen Lieferung: woran eine andere Identität als dieselbe Person erkannt wird. Nur Schlüsseltoken.';
comment on column abgleich.merkmal.identitaet_id is 'Identität.';
comment on column abgleich.merkmal.normalisierer_version is 'Version der Normalisierung; verglichen wird nur unter derselben.';
comment on column abgleich.merkmal.exakt_token is 'Schlüsseltoken (32 Byte): beide Namen und volles Geburtsdatum; leer, wo etwas davon fehlt.';
comment on column abgleich.merkmal.phonetisch_token is 'Schlüsseltoken (16 Byte): beide Namen klingen gleich, volles Geburtsdatum gleich; leer, wo etwas davon fehlt.';
comment on column abgleich.merkmal.nachname_phonetisch_token is 'Schlüsseltoken (16 Byte): der Nachname klingt gleich, Vorname und volles Geburtsdatum gleich; leer, wo etwas davon fehlt.';
comment on column abgleich.merkmal.getauscht_token is 'Schlüsseltoken (16 Byte): alle Namen in beliebiger Reihenfolge, volles Geburtsdatum gleich; leer, wo etwas davon fehlt.';
comment on column abgleich.merkmal.ohne_tag_token is 'Schlüsseltoken (16 Byte): beide Namen, Jahr und Monat der Geburt; leer, wo etwas davon fehlt.';
comment on column abgleich.merkmal.ohne_monat_token is 'Schlüsseltoken (16 Byte): beide Namen, Jahr und Tag der Geburt; leer, wo etwas davon fehlt.';
comment on column abgleich.merkmal.ohne_jahr_token is 'Schlüsseltoken (16 Byte): beide Namen, Monat und Tag der Geburt; leer, wo etwas davon fehlt.';
comment on column abgleich.merkmal.tag_monat_token is 'Schlüsseltoken (16 Byte): beide Namen, Jahr der Geburt, Tag und Monat in beliebiger Reihenfolge; leer, wo etwas davon fehlt.';
comment on column abgleich.merkmal.teilname_token is 'Schlüsseltoken (16 Byte): erster von mehreren Nachnamen und Vornamen, volles Geburtsdatum; leer, wo etwas davon fehlt.';
comment on column abgleich.merkmal.endname_token is 'Schlüsseltoken (16 Byte): letzter von mehreren Nachnamen, erster Vorname, volles Geburtsdatum; leer, wo etwas davon fehlt.';
comment on column abgleich.merkmal.anfang_token is 'Schlüsseltoken (16 Byte): Anfang beider Namen in beliebiger Reihenfolge, volles Geburtsdatum; leer, wo etwas davon fehlt.';
comment on column abgleich.merkmal.vorname_plz_token is 'Schlüsseltoken (16 Byte): Vorname, volles Geburtsdatum und PLZ; leer, wo etwas davon fehlt.';
comment on column abgleich.merkmal.nachname_plz_token is 'Schlüsseltoken (16 Byte): Nachname, volles Geburtsdatum und PLZ; leer, wo etwas davon fehlt.';
comment on column abgleich.merkmal.name_plz_token is 'Schlüsseltoken (16 Byte): beide Namen und PLZ; leer, wo etwas davon fehlt.';
comment on column abgleich.merkmal.name_token is 'Schlüsseltoken (16 Byte): beide Namen, nur ohne volles Geburtsdatum; leer, wo etwas davon fehlt.';
comment on column abgleich.merkmal.schluessel_id is 'Schlüssel, mit dem die Token gebildet wurden.';
comment on column abgleich.merkmal.geaendert_lauf is 'Lauf, in dem sich die Token zuletzt änderten.';

insert into abgleich.merkmal (identitaet_id, normalisierer_version, exakt_token, schluessel_id, geaendert_lauf)
select identitaet_id, normalisierer_version, exakt_token, schluessel_id, geaendert_lauf
from abgleich.identitaet_token
where exakt_token is not null
order by identitaet_id;

create table abgleich.stand (
    einzig boolean primary key default true check (einzig),
    aelteste_version smallint not null,
    regeln_sha256 text
);
comment on table abgleich.stand is 'Wie weit der Abgleich ist; höchstens eine Zeile.';
comment on column abgleich.stand.einzig is 'Immer wahr: es gibt nur eine Zeile.';
comment on column abgleich.stand.aelteste_version is 'Älteste Version der Normalisierung, unter der Merkmale stehen können.';
comment on column abgleich.stand.regeln_sha256 is 'Regeln, unter denen die Paare gebildet wurden; leer oder anders: alle werden neu gebildet.';

insert into abgleich.stand (aelteste_version)
select min(normalisierer_version) from abgleich.merkmal having count(*) > 0;

drop index abgleich.identitaet_token_exakt_ix;
alter table abgleich.identitaet_token drop column exakt_token, drop column normalisierer_version;
comment on table abgleich.identitaet_token is 'Woran eine Identität wiedererkannt wird, und aus welcher Lieferung ihre Merkmale stammen (der höchstrangigen).';
comment on column abgleich.identitaet_token.geaendert_lauf is 'Lauf, in dem sich die Merkmale zuletzt änderten.';

create table abgleich.ausstehend (
    identitaet_id bigint not null
);
comment on table abgleich.ausstehend is 'Identitäten, deren Merkmale neu oder anders sind und noch nicht abgeglichen wurden; eine kann mehrfach stehen.';
comment on column abgleich.ausstehend.identitaet_id is 'Identität.';

create table abgleich.haeufig (
    art text not null,
    identitaet_id bigint not null,
    normalisierer_version smallint not null,
    primary key (art, identitaet_id, normalisierer_version)
);
comment on table abgleich.haeufig is 'Identitäten, die ein Merkmal mit zu vielen anderen teilen: es bildet keine Paare.';
comment on column abgleich.haeufig.art is 'Merkmalsart.';
comment on column abgleich.haeufig.identitaet_id is 'Identität.';
comment on column abgleich.haeufig.normalisierer_version is 'Version der Normalisierung.';

create table abgleich.paar (
    identitaet_a bigint not null,
    identitaet_b bigint not null,
    normalisierer_version smallint not null,
    exakt_gleich boolean,
    phonetisch_gleich boolean,
    nachname_phonetisch_gleich boolean,
    getauscht_gleich boolean,
    ohne_tag_gleich boolean,
    ohne_monat_gleich boolean,
    ohne_jahr_gleich boolean,
    tag_monat_gleich boolean,
    teilname_gleich boolean,
    endname_gleich boolean,
    anfang_gleich boolean,
    vorname_plz_gleich boolean,
    nachname_plz_gleich boolean,
    name_plz_gleich boolean,
    name_gleich boolean,
    geburtsdatum text not null check (geburtsdatum in ('beide_voll', 'eines_fehlt', 'beide_fehlen')),
    derselbe_partner boolean not null,
    regel text not null,
    wirkung text not null check (wirkung in ('zusammen', 'pruefen', 'nie')),
    bewertet_lauf integer not null,
    primary key (identitaet_a, identitaet_b),
    check (identitaet_a < identitaet_b),
    constraint paar_ohne_geburtsdatum_nie_von_selbst check (wirkung <> 'zusammen' or geburtsdatum = 'beide_voll')
);
comment on table abgleich.paar is 'Paare von Identitäten, die in mindestens einem Merkmal übereinstimmen und über die eine Abgleichregel etwas sagt.';
comment on column abgleich.paar.identitaet_a is 'Identität mit der kleineren Nummer.';
comment on column abgleich.paar.identitaet_b is 'Identität mit der größeren Nummer.';
comment on column abgleich.paar.normalisierer_version is 'Jüngste Version der Normalisierung, unter der beide Merkmale haben: die verglichene.';
comment on column abgleich.paar.exakt_gleich is 'Ob dieses Merkmal übereinstimmt (beide Namen und volles Geburtsdatum); leer: bei mindestens einer nicht bekannt.';
comment on column abgleich.paar.phonetisch_gleich is 'Ob dieses Merkmal übereinstimmt (beide Namen klingen gleich, volles Geburtsdatum gleich); leer: bei mindestens einer nicht bekannt.';
comment on column abgleich.paar.nachname_phonetisch_gleich is 'Ob dieses Merkmal übereinstimmt (der Nachname klingt gleich, Vorname und volles Geburtsdatum gleich); leer: bei mindestens einer nicht bekannt.';
comment on column abgleich.paar.getauscht_gleich is 'Ob dieses Merkmal übereinstimmt (alle Namen in beliebiger Reihenfolge, volles Geburtsdatum gleich); leer: bei mindestens einer nicht bekannt.';
comment on column abgleich.paar.ohne_tag_gleich is 'Ob dieses Merkmal übereinstimmt (beide Namen, Jahr und Monat der Geburt); leer: bei mindestens einer nicht bekannt.';
comment on column abgleich.paar.ohne_monat_gleich is 'Ob dieses Merkmal übereinstimmt (beide Namen, Jahr und Tag der Geburt); leer: bei mindestens einer nicht bekannt.';
comment on column abgleich.paar.ohne_jahr_gleich is 'Ob dieses Merkmal übereinstimmt (beide Namen, Monat und Tag der Geburt); leer: bei mindestens einer nicht bekannt.';
comment on column abgleich.paar.tag_monat_gleich is 'Ob dieses Merkmal übereinstimmt (beide Namen, Jahr der Geburt, Tag und Monat in beliebiger Reihenfolge); leer: bei mindestens einer nicht bekannt.';
comment on column abgleich.paar.teilname_gleich is 'Ob dieses Merkmal übereinstimmt (erster von mehreren Nachnamen und Vornamen, volles Geburtsdatum); leer: bei mindestens einer nicht bekannt.';
comment on column abgleich.paar.endname_gleich is 'Ob dieses Merkmal übereinstimmt (letzter von mehreren Nachnamen, erster Vorname, volles Geburtsdatum); leer: bei mindestens einer nicht bekannt.';
comment on column abgleich.paar.anfang_gleich is 'Ob dieses Merkmal übereinstimmt (Anfang beider Namen in beliebiger Reihenfolge, volles Geburtsdatum); leer: bei mindestens einer nicht bekannt.';
comment on column abgleich.paar.vorname_plz_gleich is 'Ob dieses Merkmal übereinstimmt (Vorname, volles Geburtsdatum und PLZ); leer: bei mindestens einer nicht bekannt.';
comment on column abgleich.paar.nachname_plz_gleich is 'Ob dieses Merkmal übereinstimmt (Nachname, volles Geburtsdatum und PLZ); leer: bei mindestens einer nicht bekannt.';
comment on column abgleich.paar.name_plz_gleich is 'Ob dieses Merkmal übereinstimmt (beide Namen und PLZ); leer: bei mindestens einer nicht bekannt.';
comment on column abgleich.paar.name_gleich is 'Ob dieses Merkmal übereinstimmt (beide Namen, nur ohne volles Geburtsdatum); leer: bei mindestens einer nicht bekannt.';
comment on column abgleich.paar.geburtsdatum is 'Ob beide, eine oder keine der Identitäten ein volles Geburtsdatum hat.';
comment on column abgleich.paar.derselbe_partner is 'Ob derselbe Teilvorhabenpartner desselben Vorhabens beide lieferte.';
comment on column abgleich.paar.regel is 'Abgleichregel der Site, die als erste passt.';
comment on column abgleich.paar.wirkung is 'zusammen (eine Person), pruefen (ein Mensch entscheidet) oder nie (nie von selbst).';
comment on column abgleich.paar.bewertet_lauf is 'Lauf, der das Paar zuletzt bewertete.';

create table abgleich.paar_entscheidung (
    entscheidung_nr integer generated always as identity primary key,
    identitaet_a bigint not null,
    identitaet_b bigint not null,
    entscheidung text not null check (entscheidung in ('gleich', 'verschieden', 'zurueckgenommen')),
    entschieden_von text not null check (entschieden_von <> ''),
    entschieden_am timestamptz not null default now(),
    grund text not null check (grund <> ''),
    check (identitaet_a < identitaet_b)
);
create index paar_entscheidung_paar_ix on abgleich.paar_entscheidung (identitaet_a, identitaet_b, entscheidung_nr);
comment on table abgleich.paar_entscheidung is 'Was Menschen über Paare von Identitäten entschieden; nur fortgeschrieben, die letzte Zeile eines Paares gilt. Eine Löschung nimmt sie mit.';
comment on column abgleich.paar_entscheidung.entscheidung_nr is 'Laufende Nummer.';
comment on column abgleich.paar_entscheidung.identitaet_a is 'Identität mit der kleineren Nummer.';
comment on column abgleich.paar_entscheidung.identitaet_b is 'Identität mit der größeren Nummer.';
comment on column abgleich.paar_entscheidung.entscheidung is 'gleich (eine Person), verschieden (zwei Personen) oder zurueckgenommen (als wäre nie entschieden worden).';
comment on column abgleich.paar_entscheidung.entschieden_von is 'Funktion oder Kennung der entscheidenden Person.';
comment on column abgleich.paar_entscheidung.entschieden_am is 'Zeitpunkt.';
comment on column abgleich.paar_entscheidung.grund is 'Begründung, ohne Namen.';

create view abgleich.paar_entscheidung_gilt as
select distinct on (identitaet_a, identitaet_b)
    identitaet_a,
    identitaet_b,
    entscheidung,
    entschieden_von,
    entschieden_am,
    grund
from abgleich.paar_entscheidung
order by identitaet_a, identitaet_b, entscheidung_nr desc;
comment on view abgleich.paar_entscheidung_gilt is 'Die letzte Entscheidung je Paar.';
comment on column abgleich.paar_entscheidung_gilt.identitaet_a is 'Identität mit der kleineren Nummer.';
comment on column abgleich.paar_entscheidung_gilt.identitaet_b is 'Identität mit der größeren Nummer.';
comment on column abgleich.paar_entscheidung_gilt.entscheidung is 'gleich, verschieden oder zurueckgenommen (dann gilt keine).';
comment on column abgleich.paar_entscheidung_gilt.entschieden_von is 'Funktion oder Kennung der entscheidenden Person.';
comment on column abgleich.paar_entscheidung_gilt.entschieden_am is 'Zeitpunkt.';
comment on column abgleich.paar_entscheidung_gilt.grund is 'Begründung.';

create table abgleich.widerspruch (
    identitaet_a bigint not null,
    identitaet_b bigint not null,
    art text not null check (art in ('regel', 'entscheidung')),
    primary key (identitaet_a, identitaet_b),
    check (identitaet_a < identitaet_b)
);
comment on table abgleich.widerspruch is 'Paare, die eine Person sein sollten, deren Gruppe aber ein Paar enthält, das nie eine sein darf: sie bleiben getrennt, bis ein Mensch entscheidet. Jeder Abgleich schreibt sie neu.';
comment on column abgleich.widerspruch.identitaet_a is 'Identität mit der kleineren Nummer.';
comment on column abgleich.widerspruch.identitaet_b is 'Identität mit der größeren Nummer.';
comment on column abgleich.widerspruch.art is 'regel (eine Regel führte zusammen) oder entscheidung (Entscheidungen widersprechen sich).';

-- Withdrawals say what their token is made of. Of the old ones nobody knows whether they are of a number or a person:
-- each is remembered as both, and only what it really is can ever be met again.
alter table abgleich.widerruf
    add column art text not null default 'tn' check (art in ('tn', 'exakt')),
    add column normalisierer_version smallint not null default 0,
    add column schluessel_id text;
update abgleich.widerruf set schluessel_id = (select s.schluessel_id from betrieb.schluessel as s where s.aktiv);
alter table abgleich.widerruf drop constraint widerruf_pkey;
insert into abgleich.widerruf (art, normalisierer_version, token, widerruf_am, schluessel_id)
select 'exakt', 1, token, widerruf_am, schluessel_id from abgleich.widerruf;
alter table abgleich.widerruf
    add primary key (art, normalisierer_version, token),
    alter column art drop default,
    alter column normalisierer_version drop default,
    alter column schluessel_id set not null;
comment on column abgleich.widerruf.token is 'Schlüsseltoken der Teilnehmendennummer oder, mit vollem Geburtsdatum, der Person.';
comment on column abgleich.widerruf.art is 'tn (Token der Teilnehmendennummer) oder exakt (Token aus Namen und vollem Geburtsdatum).';
comment on column abgleich.widerruf.normalisierer_version is 'Version der Normalisierung; 0 bei tn, die keine hat.';
comment on column abgleich.widerruf.schluessel_id is 'Schlüssel, mit dem das Token gebildet wurde.';

-- Why identities are one person.
alter table kern.person_zuordnung drop constraint person_zuordnung_grund_check;
alter table kern.person_zuordnung
    add constraint person_zuordnung_grund_check check (grund in ('allein', 'exakt', 'regel', 'entscheidung'));
comment on column kern.person_zuordnung.grund is 'Was die Identitäten der Person verbindet: allein (keine andere), exakt (gleiches Token mit vollem Geburtsdatum), regel (eine Abgleichregel) oder entscheidung (ein Mensch).';

-- Figures name the rules by which persons were found.
alter table betrieb.regelwerk add column abgleich_version text;
comment on column betrieb.regelwerk.abgleich_version is 'Version der Abgleichregeln; leer bei Ständen aus der Zeit davor.';
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
comment on column bericht.monatszahlen.abgleich_version is 'Version der Abgleichregeln, nach denen Personen erkannt wurden.';

grant select, insert, update, delete on all tables in schema abgleich to zaehlbar_lader;
grant usage on all sequences in schema abgleich to zaehlbar_lader;
grant select, insert, update, delete on betrieb.anlass to zaehlbar_lader;
grant select on betrieb.anlass to zaehlbar_qualitaet;

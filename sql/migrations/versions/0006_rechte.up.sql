-- Rights of persons (Art. 15 to 18 DSGVO): restrictions, corrections, receipts of erasures.

create table abgleich.einschraenkung (
    einschraenkung_nr integer generated always as identity primary key,
    eingeschraenkt_am timestamptz not null default now(),
    aufgehoben_am timestamptz
);
comment on table abgleich.einschraenkung is 'Einschränkungen der Verarbeitung (Art. 18 DSGVO): die Zeilen bleiben gespeichert, zählen aber nicht und stehen auf keiner Liste.';
comment on column abgleich.einschraenkung.einschraenkung_nr is 'Laufende Nummer.';
comment on column abgleich.einschraenkung.eingeschraenkt_am is 'Zeitpunkt der Einschränkung.';
comment on column abgleich.einschraenkung.aufgehoben_am is 'Zeitpunkt, zu dem sie aufgehoben wurde; leer: gilt.';

create table abgleich.einschraenkung_token (
    einschraenkung_nr integer not null references abgleich.einschraenkung (einschraenkung_nr) on delete cascade,
    token bytea not null,
    art text not null check (art in ('tn', 'exakt')),
    normalisierer_version smallint not null,
    schluessel_id text not null,
    primary key (einschraenkung_nr, token)
);
create index einschraenkung_token_ix on abgleich.einschraenkung_token (token);
comment on table abgleich.einschraenkung_token is 'Woran eine geltende Einschränkung ihre Person auch nach neuer Lieferung erkennt; mit der Aufhebung gelöscht.';
comment on column abgleich.einschraenkung_token.einschraenkung_nr is 'Einschränkung.';
comment on column abgleich.einschraenkung_token.token is 'Token der Teilnehmendennummer oder der Person.';
comment on column abgleich.einschraenkung_token.art is 'tn (Teilnehmendennummer) oder exakt (Namen und volles Geburtsdatum).';
comment on column abgleich.einschraenkung_token.normalisierer_version is 'Version der Normalisierung; 0 bei tn.';
comment on column abgleich.einschraenkung_token.schluessel_id is 'Schlüssel, mit dem das Token gebildet wurde.';

create table kern.einschraenkung (
    identitaet_id bigint not null,
    bekannt_von integer not null,
    bekannt_bis integer,
    primary key (identitaet_id, bekannt_von),
    check (bekannt_bis > bekannt_von)
);
comment on table kern.einschraenkung is 'Identitäten, deren Verarbeitung eingeschränkt ist, datiert; jeder Lauf bestimmt sie aus den Token der geltenden Einschränkungen.';
comment on column kern.einschraenkung.identitaet_id is 'Identität.';
comment on column kern.einschraenkung.bekannt_von is 'Lauf, seit dem sie eingeschränkt ist.';
comment on column kern.einschraenkung.bekannt_bis is 'Lauf, seit dem sie es nicht mehr ist; leer: gilt.';

create table kern.berichtigung (
    berichtigung_nr integer generated always as identity primary key,
    identitaet_id bigint not null,
    eintritt_datum date not null,
    feld text not null,
    wert text,
    berichtigt_am timestamptz not null default now(),
    nach_zeitraum_bis date not null,
    nach_version integer not null,
    nach_lieferung_id text not null,
    erfuellt boolean not null default false,
    bekannt_von integer,
    bekannt_bis integer,
    check (bekannt_bis > bekannt_von)
);
create index berichtigung_identitaet_ix on kern.berichtigung (identitaet_id, eintritt_datum);
comment on table kern.berichtigung is 'Berichtigungen (Art. 16 DSGVO): sie überlagern die gelieferte Angabe einer Teilnahme, bis eine spätere Lieferung die berichtigte bringt.';
comment on column kern.berichtigung.berichtigung_nr is 'Laufende Nummer; die höhere ersetzt eine frühere zum selben Feld.';
comment on column kern.berichtigung.identitaet_id is 'Identität.';
comment on column kern.berichtigung.eintritt_datum is 'Eintritt der Teilnahme.';
comment on column kern.berichtigung.feld is 'Berichtigtes Feld von kern.teilnahme.';
comment on column kern.berichtigung.wert is 'Berichtigte Angabe; leer: keine Angabe.';
comment on column kern.berichtigung.berichtigt_am is 'Zeitpunkt der Berichtigung.';
comment on column kern.berichtigung.nach_zeitraum_bis is 'Rang der höchsten Lieferung, die damals geladen war: Ende ihres Zeitraums.';
comment on column kern.berichtigung.nach_version is 'Rang der höchsten Lieferung, die damals geladen war: ihre Version.';
comment on column kern.berichtigung.nach_lieferung_id is 'Rang der höchsten Lieferung, die damals geladen war: ihr Fingerabdruck.';
comment on column kern.berichtigung.erfuellt is 'Ob eine höherrangige Lieferung die berichtigte Angabe brachte; dann gilt wieder, was geliefert wird.';
comment on column kern.berichtigung.bekannt_von is 'Lauf, seit dem sie gilt; leer: der nächste Lauf setzt ihn.';
comment on column kern.berichtigung.bekannt_bis is 'Lauf, seit dem sie nicht mehr gilt; leer: gilt.';

-- Removing an identity asks who ever was one person with it; ended rows are few.
create index person_zuordnung_frueher_ix on kern.person_zuordnung (person_id) where bekannt_bis is not null;

create function kern.teilnahme_nach(stand integer) returns setof kern.teilnahme language sql stable as $$
    select t.*
    from kern.teilnahme as t
    where
        t.bekannt_von <= stand
        and (t.bekannt_bis is null or t.bekannt_bis > stand)
        and not exists (
            select from kern.berichtigung as b
            where
                b.identitaet_id = t.identitaet_id
                and b.eintritt_datum = t.eintritt_datum
                and b.bekannt_von <= stand
                and (b.bekannt_bis is null or b.bekannt_bis > stand)
        )
    union all
    select r.*
    from (
        select
            b.identitaet_id,
            b.eintritt_datum,
            jsonb_object_agg(b.feld, b.wert order by b.berichtigung_nr) as werte
        from kern.berichtigung as b
        where b.bekannt_von <= stand and (b.bekannt_bis is null or b.bekannt_bis > stand)
        group by b.identitaet_id, b.eintritt_datum
    ) as b
    inner join kern.teilnahme as t
        on
            b.identitaet_id = t.identitaet_id
            and b.eintritt_datum = t.eintritt_datum
            and t.bekannt_von <= stand
            and (t.bekannt_bis is null or t.bekannt_bis > stand)
    cross join lateral jsonb_populate_record(t, b.werte) as r
$$;
comment on function kern.teilnahme_nach is 'Teilnahmen, wie sie nach einem Lauf bekannt waren, mit den damals geltenden Berichtigungen.';

create table betrieb.quittung (
    quittung_nr integer generated always as identity primary key,
    art text not null check (art in ('loeschung')),
    stand text not null default 'begonnen' check (stand in ('begonnen', 'geloescht', 'fertig')),
    begonnen_am timestamptz not null default now(),
    am timestamptz,
    person_token bytea check (octet_length(person_token) = 32),
    nummer_token bytea check (octet_length(nummer_token) = 32),
    schluessel_id text not null,
    normalisierer_version smallint not null,
    lieferungen text[] not null default '{}',
    anzahlen jsonb not null default '{}',
    offen jsonb not null default '{}',
    check (num_nonnulls(person_token, nummer_token) > 0)
);
comment on table betrieb.quittung is 'Quittungen über Löschungen (Art. 17 DSGVO): beweisen der Person die Löschung, ohne die Person zu enthalten.';
comment on column betrieb.quittung.quittung_nr is 'Laufende Nummer.';
comment on column betrieb.quittung.art is 'loeschung.';
comment on column betrieb.quittung.stand is 'begonnen, geloescht (aus dem Lager, Nacharbeiten fehlen) oder fertig; eine unterbrochene Löschung setzt derselbe Befehl fort.';
comment on column betrieb.quittung.begonnen_am is 'Beginn der Löschung.';
comment on column betrieb.quittung.am is 'Zeitpunkt, zu dem die Daten aus dem Lager gelöscht waren; leer: noch nicht.';
comment on column betrieb.quittung.person_token is 'HMAC-SHA-256 mit dem Schlüssel für Quittungen über Nummer der Quittung, Namen und Geburtsdatum; leer, wenn sie nicht angegeben wurden.';
comment on column betrieb.quittung.nummer_token is 'HMAC-SHA-256 mit dem Schlüssel für Quittungen über Nummer der Quittung, Vorhaben, TVP und Teilnehmendennummer; leer, wenn sie nicht angegeben wurden.';
comment on column betrieb.quittung.schluessel_id is 'Schlüssel, mit dem die Token gebildet wurden.';
comment on column betrieb.quittung.normalisierer_version is 'Version der Normalisierung der Namen.';
comment on column betrieb.quittung.lieferungen is 'Lieferungen (Kennungen), die von der Löschung betroffen sind.';
comment on column betrieb.quittung.anzahlen is 'Was gelöscht wurde, je Ort als Anzahl.';
comment on column betrieb.quittung.offen is 'Was nicht gelöscht werden konnte oder von selbst vergeht, je Ort als Anzahl.';

grant select, insert, update, delete on
abgleich.einschraenkung, abgleich.einschraenkung_token, kern.einschraenkung, kern.berichtigung, betrieb.quittung
to zaehlbar_lader;
grant usage on all sequences in schema abgleich, betrieb, kern to zaehlbar_lader;

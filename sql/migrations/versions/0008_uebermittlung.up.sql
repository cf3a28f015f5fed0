-- Lists about single persons that were made for a Jobcenter (where the site turns them on), and what was taken back since.

create table betrieb.uebermittlung (
    uebermittlung_nr integer generated always as identity primary key,
    art text not null check (art in ('liste', 'widerruf')),
    jobcenter_nr text not null,
    erstellt_am timestamptz not null default now(),
    erstellt_von text not null check (erstellt_von <> ''),
    anzahl integer not null check (anzahl > 0),
    datei_sha256 text not null check (datei_sha256 ~ '^[0-9a-f]{64}$')
);
comment on table betrieb.uebermittlung is 'Protokoll der verschlüsselten Dateien für ein Jobcenter: wer sie wann für wen erstellte. Nie, wer darin steht.';
comment on column betrieb.uebermittlung.uebermittlung_nr is 'Laufende Nummer; bei einer Liste steht sie auf der Liste.';
comment on column betrieb.uebermittlung.art is 'liste (Teilnahmen mit Einwilligung im Einzelfall) oder widerruf (welche Zeilen früherer Listen zu löschen oder nicht mehr zu verwenden sind, Art. 19 DSGVO).';
comment on column betrieb.uebermittlung.jobcenter_nr is 'Empfänger: Nummer des Jobcenters.';
comment on column betrieb.uebermittlung.erstellt_am is 'Zeitpunkt.';
comment on column betrieb.uebermittlung.erstellt_von is 'Funktion, die sie erstellte.';
comment on column betrieb.uebermittlung.anzahl is 'Zeilen der Liste oder gemeldete Zeilen.';
comment on column betrieb.uebermittlung.datei_sha256 is 'SHA-256 der verschlüsselten Datei.';

create table abgleich.uebermittlung_zeile (
    uebermittlung_nr integer not null references betrieb.uebermittlung (uebermittlung_nr),
    zeile_nr integer not null check (zeile_nr > 0),
    tn_token bytea not null check (octet_length(tn_token) = 32),
    schluessel_id text not null,
    entfernt_am timestamptz,
    einschraenkung_gemeldet_am timestamptz,
    primary key (uebermittlung_nr, zeile_nr)
);
create index uebermittlung_zeile_token_ix on abgleich.uebermittlung_zeile (tn_token);
comment on table abgleich.uebermittlung_zeile is 'Welche Nummer auf welcher Zeile einer Liste steht, als Token: damit ein Widerruf dem Empfänger die Zeile nennen kann. Mit der Meldung gelöscht.';
comment on column abgleich.uebermittlung_zeile.uebermittlung_nr is 'Liste.';
comment on column abgleich.uebermittlung_zeile.zeile_nr is 'Zeile der Liste.';
comment on column abgleich.uebermittlung_zeile.tn_token is 'Token der Teilnehmendennummer.';
comment on column abgleich.uebermittlung_zeile.schluessel_id is 'Schlüssel, mit dem das Token gebildet wurde.';
comment on column abgleich.uebermittlung_zeile.entfernt_am is 'Wann die Identität aus dem Lager entfernt wurde (Widerruf, Löschung, Frist); auch eine neue Lieferung hebt das nicht auf. Leer: nicht entfernt.';
comment on column abgleich.uebermittlung_zeile.einschraenkung_gemeldet_am is 'Wann dem Empfänger gemeldet wurde, dass die Zeile nicht verwendet werden darf (Art. 18 DSGVO); leer: nicht gemeldet.';

grant select, insert, update, delete on betrieb.uebermittlung, abgleich.uebermittlung_zeile to zaehlbar_lader;
grant usage on all sequences in schema betrieb to zaehlbar_lader;

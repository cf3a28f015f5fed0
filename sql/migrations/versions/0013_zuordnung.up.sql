-- Labels by date, and the review of catalogue, mapping and counting rules.

alter table betrieb.regelwerk
    add column bezeichnungen_version text,
    add column katalog_abgestimmt boolean,
    add column zaehlregeln_abgestimmt boolean;
alter table betrieb.regelwerk
    add column abstimmung text not null generated always as (
        case
            when kategorien_abgestimmt and coalesce(katalog_abgestimmt, false) and coalesce(zaehlregeln_abgestimmt, false)
                then 'abgestimmt'
            else
                'Vorschlag, nicht abgestimmt ('
                || case when coalesce(katalog_abgestimmt, false) then '' else 'Katalog' end
                || case when coalesce(katalog_abgestimmt, false) or kategorien_abgestimmt then '' else ', ' end
                || case when kategorien_abgestimmt then '' else 'Zuordnung' end
                || case
                    when coalesce(zaehlregeln_abgestimmt, false) then ''
                    when coalesce(katalog_abgestimmt, false) and kategorien_abgestimmt then 'Zählregeln'
                    else ', Zählregeln'
                end
                || ')'
        end
    ) stored;
comment on column betrieb.regelwerk.bezeichnungen_version is 'Version der Bezeichnungen mit Gültigkeit; leer: die Site hat keine, oder der Stand ist aus der Zeit davor.';
comment on column betrieb.regelwerk.katalog_abgestimmt is 'Ob Vorhabenträger (freigegeben) und Jobcenter (zugestimmt) dem Aktivitätenkatalog zustimmten; leer bei Ständen aus der Zeit davor: nein.';
comment on column betrieb.regelwerk.zaehlregeln_abgestimmt is 'Ob Vorhabenträger (freigegeben) und Jobcenter (zugestimmt) den Zählregeln zustimmten; leer bei Ständen aus der Zeit davor: nein.';
comment on column betrieb.regelwerk.abstimmung is 'Was auf jeder Seite steht: abgestimmt, oder „Vorschlag, nicht abgestimmt“ und in Klammern, was davon (Katalog, Zuordnung, Zählregeln).';

create table katalog.abstimmung (
    regelwerk_nr integer not null references betrieb.regelwerk (regelwerk_nr) on delete cascade,
    teil text not null check (teil in ('katalog.yaml', 'kategorien.yaml', 'zaehlregeln.yaml')),
    version text not null,
    freigegeben_funktion text,
    freigegeben_am date,
    zugestimmt_funktion text,
    zugestimmt_am date,
    primary key (regelwerk_nr, teil),
    check ((freigegeben_funktion is null) = (freigegeben_am is null)),
    check ((zugestimmt_funktion is null) = (zugestimmt_am is null))
);
comment on table katalog.abstimmung is 'Wer Katalog, Zuordnung und Zählregeln zustimmte, in Funktion und ohne Namen, je Stand der Site.';
comment on column katalog.abstimmung.regelwerk_nr is 'Regelwerk (Stand der Site).';
comment on column katalog.abstimmung.teil is 'Datei der Site: katalog.yaml, kategorien.yaml oder zaehlregeln.yaml.';
comment on column katalog.abstimmung.version is 'Version der Datei, der zugestimmt wurde.';
comment on column katalog.abstimmung.freigegeben_funktion is 'Funktion beim Vorhabenträger, die freigab; leer: nicht freigegeben.';
comment on column katalog.abstimmung.freigegeben_am is 'Tag der Freigabe.';
comment on column katalog.abstimmung.zugestimmt_funktion is 'Funktion beim Jobcenter, die zustimmte; leer: nicht zugestimmt.';
comment on column katalog.abstimmung.zugestimmt_am is 'Tag der Zustimmung.';

create table katalog.bezeichnung (
    regelwerk_nr integer not null references betrieb.regelwerk (regelwerk_nr) on delete cascade,
    art text not null,
    code text not null,
    bezeichnung text not null,
    gueltig_ab date not null,
    gueltig_bis date check (gueltig_bis >= gueltig_ab),
    primary key (regelwerk_nr, art, code, gueltig_ab)
);
comment on table katalog.bezeichnung is 'Wie ein Code an einem Tag heißt, je Stand der Site; je Art und Code lückenlos und ohne Überschneidung.';
comment on column katalog.bezeichnung.regelwerk_nr is 'Regelwerk (Stand der Site).';
comment on column katalog.bezeichnung.art is 'Was der Code bezeichnet: aktivitaet_code, kategorie, zwischenschritt oder der Name eines Feldes im Datenvertrag, z. B. rechtskreis.';
comment on column katalog.bezeichnung.code is 'Code.';
comment on column katalog.bezeichnung.bezeichnung is 'Wie er in Berichten heißt.';
comment on column katalog.bezeichnung.gueltig_ab is 'Gültig ab; 1900-01-01: von Anfang an.';
comment on column katalog.bezeichnung.gueltig_bis is 'Gültig bis einschließlich; leer: bis auf Weiteres.';

create function katalog.bezeichnung_am(nr integer, welche text, was text, tag date) returns text
language sql stable parallel safe
begin atomic
select coalesce(
    (
        select b.bezeichnung
        from katalog.bezeichnung as b
        where
            b.regelwerk_nr = nr and b.art = welche and b.code = was
            and b.gueltig_ab <= tag and (b.gueltig_bis is null or b.gueltig_bis >= tag)
    ),
    was
);
end;
comment on function katalog.bezeichnung_am(integer, text, text, date) is 'Wie ein Code an einem Tag heißt, unter einem Regelwerk; der Code selbst, wo nichts bekannt ist. Ein Bericht über einen Zeitraum fragt nach dessen letztem Tag.';

grant select, insert, update, delete on katalog.abstimmung, katalog.bezeichnung to zaehlbar_lader;
grant select on katalog.abstimmung, katalog.bezeichnung to zaehlbar_qualitaet;

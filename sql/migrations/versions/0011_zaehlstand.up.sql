-- What a count needs to follow changes instead of counting everything anew.

create table zahl.zaehlstand (
    einzig boolean primary key default true check (einzig),
    lauf_id integer not null references betrieb.lauf (lauf_id),
    regelwerk_nr integer not null references betrieb.regelwerk (regelwerk_nr),
    zaehlweise_sha256 text not null,
    beginn date,
    ende date
);
comment on table zahl.zaehlstand is 'Worauf die geltenden Figuren beruhen: der nächste Lauf zählt nur, was sich seither änderte. Ohne Zeile wird alles gezählt. Höchstens eine Zeile.';
comment on column zahl.zaehlstand.einzig is 'Immer wahr; hält die Tabelle bei einer Zeile.';
comment on column zahl.zaehlstand.lauf_id is 'Lauf, nach dessen Stand die Figuren gelten.';
comment on column zahl.zaehlstand.regelwerk_nr is 'Regelwerk, unter dem sie gezählt sind.';
comment on column zahl.zaehlstand.zaehlweise_sha256 is 'SHA-256 über das, womit gezählt wurde (SQL und Programm): eine andere Fassung zählt alles neu.';
comment on column zahl.zaehlstand.beginn is 'Erster Tag des ersten gezählten Monats; leer, wenn es nichts zu zählen gab.';
comment on column zahl.zaehlstand.ende is 'Letzter Tag des letzten gezählten Monats; leer, wenn es nichts zu zählen gab.';
grant select, insert, update, delete on zahl.zaehlstand to zaehlbar_lader;

alter table zahl.zaehlung add column umfang text not null default 'alles' check (umfang in ('alles', 'geaendertes'));
comment on column zahl.zaehlung.umfang is 'alles: alle Tatsachen gezählt; geaendertes: nur die Personen, bei denen sich seit der vorigen Zählung etwas änderte.';

-- What a count knew of before can only be counted as long as its rows are there. Whoever deletes one that was counted
-- (erasure, withdrawal, retention) lets the next run count everything; rows born since the last count are not missed.
create function zahl.zaehlstand_verwerfen() returns trigger language plpgsql as $$
begin
    if exists (select from entfernt as e inner join zahl.zaehlstand as z on e.bekannt_von <= z.lauf_id) then
        delete from zahl.zaehlstand;
    end if;
    return null;
end
$$;
comment on function zahl.zaehlstand_verwerfen is 'Lässt den nächsten Lauf alles zählen, wenn Geschichte gelöscht wurde, auf der die Figuren beruhen.';

create trigger zaehlstand_tr after delete on kern.teilnahme
referencing old table as entfernt for each statement execute function zahl.zaehlstand_verwerfen();
create trigger zaehlstand_tr after delete on kern.aktivitaet
referencing old table as entfernt for each statement execute function zahl.zaehlstand_verwerfen();
create trigger zaehlstand_tr after delete on kern.zwischenschritt
referencing old table as entfernt for each statement execute function zahl.zaehlstand_verwerfen();
create trigger zaehlstand_tr after delete on kern.person_zuordnung
referencing old table as entfernt for each statement execute function zahl.zaehlstand_verwerfen();
create trigger zaehlstand_tr after delete on kern.einschraenkung
referencing old table as entfernt for each statement execute function zahl.zaehlstand_verwerfen();
create trigger zaehlstand_tr after delete on kern.berichtigung
referencing old table as entfernt for each statement execute function zahl.zaehlstand_verwerfen();

-- Changes lie together, in the pages written last: a summary of page ranges finds them and costs loading next to nothing.
create index teilnahme_bekannt_ix on kern.teilnahme using brin (bekannt_von, bekannt_bis) with (pages_per_range = 32);
create index aktivitaet_bekannt_ix on kern.aktivitaet using brin (bekannt_von, bekannt_bis) with (pages_per_range = 32);
create index zwischenschritt_bekannt_ix on kern.zwischenschritt
using brin (bekannt_von, bekannt_bis) with (pages_per_range = 32);
create index person_zuordnung_bekannt_ix on kern.person_zuordnung
using brin (bekannt_von, bekannt_bis) with (pages_per_range = 32);

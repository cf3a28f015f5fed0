-- Why a figure changed: which delivery was loaded in which run. Facts say in which run they became known, but a row that
-- ended does not say which delivery ended it, and a delivery remembers its last load only.
create table betrieb.ladung (
    lauf_id integer not null references betrieb.lauf (lauf_id) on delete cascade,
    lieferung_nr integer not null references betrieb.lieferung (lieferung_nr) on delete cascade,
    primary key (lauf_id, lieferung_nr)
);
create index ladung_lieferung_ix on betrieb.ladung (lieferung_nr);
comment on table betrieb.ladung is 'Welche Lieferung in welchem Lauf geladen wurde, auch wiederholt: daraus folgt, welche Lieferung hinter einer geänderten Figur steht.';
comment on column betrieb.ladung.lauf_id is 'Lauf.';
comment on column betrieb.ladung.lieferung_nr is 'Lieferung.';
-- What can still be said of the time before: the last load of each delivery, and runs from which its participations date.
insert into betrieb.ladung
select geladen_lauf, lieferung_nr from betrieb.lieferung where geladen_lauf is not null
union
select t.bekannt_von, t.lieferung_nr
from kern.teilnahme as t
inner join betrieb.lieferung as l on t.lieferung_nr = l.lieferung_nr
inner join betrieb.lauf as r on t.bekannt_von = r.lauf_id;
grant select, insert, update, delete on betrieb.ladung to zaehlbar_lader;
grant select on betrieb.ladung to zaehlbar_qualitaet;

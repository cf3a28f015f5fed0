-- The chain of keys: a token under the n-th key is HMAC(k_n, … HMAC(k_1, message) …).

alter table betrieb.schluessel add column kette_nr integer;
alter table betrieb.schluessel add column aktiv_seit timestamptz;
alter table betrieb.schluessel add column geraeumt_am timestamptz;
-- Before this migration a warehouse knew one key, and nothing was ever under another one.
update betrieb.schluessel set kette_nr = 1, aktiv_seit = bekannt_seit, geraeumt_am = bekannt_seit;
alter table betrieb.schluessel alter column kette_nr set not null;
alter table betrieb.schluessel add constraint schluessel_kette_nr_key unique (kette_nr);
alter table betrieb.schluessel add constraint schluessel_kette_nr_check check (kette_nr > 0);
create unique index schluessel_aktiv_ux on betrieb.schluessel (aktiv) where aktiv;
comment on table betrieb.schluessel is 'Kennungen der Schlüssel, mit denen dieses Lager befüllt wurde, als Kette: ein Token ist mit allen bis zum aktiven gebildet. Der Schlüssel selbst steht hier nie.';
comment on column betrieb.schluessel.kette_nr is 'Platz in der Kette, von 1 an.';
comment on column betrieb.schluessel.aktiv_seit is 'Seit wann die Token des Lagers mit diesem Schlüssel gebildet sind; leer bei einem Glied, das nie selbst aktiv war.';
comment on column betrieb.schluessel.geraeumt_am is 'Seit wann nach der Drehung auf diesen Schlüssel auch Spuren unter früheren beseitigt sind; leer: steht aus.';

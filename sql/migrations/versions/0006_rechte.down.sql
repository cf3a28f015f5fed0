drop index kern.person_zuordnung_frueher_ix;
drop function kern.teilnahme_nach(integer);
drop table betrieb.quittung, kern.berichtigung, kern.einschraenkung, abgleich.einschraenkung_token, abgleich.einschraenkung;

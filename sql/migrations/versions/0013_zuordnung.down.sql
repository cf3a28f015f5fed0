drop function katalog.bezeichnung_am(integer, text, text, date);
drop table katalog.bezeichnung;
drop table katalog.abstimmung;
alter table betrieb.regelwerk drop column abstimmung;
alter table betrieb.regelwerk
    drop column bezeichnungen_version,
    drop column katalog_abgestimmt,
    drop column zaehlregeln_abgestimmt;

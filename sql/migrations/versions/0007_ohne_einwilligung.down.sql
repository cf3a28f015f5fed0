drop view bericht.ohne_einwilligung;
drop table zahl.ohne_einwilligung;
alter table betrieb.regelwerk drop column rechtsgrundlage, drop column ohne_einwilligung;
comment on table abgleich.widerruf is 'Widerrufe, gemerkt nur als Token und Tag, damit keine ältere Einwilligung auflebt.';
comment on column abgleich.widerruf.widerruf_am is 'Tag des Widerrufs.';

drop table kern.vereinbarung;
drop table kern.verzeichnis;
drop table kern.angebot;
drop table kern.zwischenschritt;
drop table kern.aktivitaet;
drop table kern.teilnahme;

drop table abgleich.uebermittlung_zeile;
drop table betrieb.uebermittlung;

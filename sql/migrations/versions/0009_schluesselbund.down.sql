drop index betrieb.schluessel_aktiv_ux;
alter table betrieb.schluessel drop column kette_nr;
alter table betrieb.schluessel drop column aktiv_seit;
alter table betrieb.schluessel drop column geraeumt_am;
comment on table betrieb.schluessel is 'Kennungen der Schlüssel, mit denen dieses Lager befüllt wurde. Der Schlüssel selbst steht hier nie.';

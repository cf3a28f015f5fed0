-- Which delivery was loaded in which run is forgotten.
drop table betrieb.ladung;

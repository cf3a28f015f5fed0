-- What counting reads of the attended units as known after run :stand.
select
    identitaet_id,
    datum,
    aktivitaet_code,
    dauer_min
from kern.aktivitaet
where bekannt_von <= :stand and (bekannt_bis is null or bekannt_bis > :stand)

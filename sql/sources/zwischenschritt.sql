-- What counting reads of the steps as known after run :stand.
select
    identitaet_id,
    datum,
    code
from kern.zwischenschritt
where bekannt_von <= :stand and (bekannt_bis is null or bekannt_bis > :stand)

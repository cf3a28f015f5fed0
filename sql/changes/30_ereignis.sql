-- Everything that happened in each step, by cause and delivery, with the identities it happened to.
create temporary table c_ereignis on commit drop as
select
    schritt,
    stufe,
    lieferung_nr,
    identitaet_id
from c_wechsel_teilnahme
union
select
    schritt,
    stufe,
    lieferung_nr,
    identitaet_id
from c_wechsel_aktivitaet
union
select
    l.schritt,
    3 as stufe,
    0 as lieferung_nr,
    b.identitaet_id
from kern.berichtigung as b
inner join c_lauf as l on l.lauf_id in (b.bekannt_von, b.bekannt_bis)
inner join kern.identitaet as i on b.identitaet_id = i.identitaet_id
where {gefragt}
union
select
    l.schritt,
    4 as stufe,
    0 as lieferung_nr,
    e.identitaet_id
from kern.einschraenkung as e
inner join c_lauf as l on l.lauf_id in (e.bekannt_von, e.bekannt_bis)
inner join kern.identitaet as i on e.identitaet_id = i.identitaet_id
where
    {gefragt}
    and not exists (select from c_neu as n where n.schritt = l.schritt and n.identitaet_id = e.identitaet_id)
union
select
    s.schritt,
    5 as stufe,
    0 as lieferung_nr,
    a.identitaet_id
from kern.person_zuordnung as a
inner join c_lauf as l on a.bekannt_bis = l.lauf_id
inner join c_schritt as s on l.schritt = s.schritt and a.bekannt_von <= s.von
inner join kern.person_zuordnung as n
    on
        a.identitaet_id = n.identitaet_id
        and s.nach >= n.bekannt_von
        and (n.bekannt_bis is null or n.bekannt_bis > s.nach)
        and a.person_id <> n.person_id
inner join kern.identitaet as i on a.identitaet_id = i.identitaet_id
where {gefragt}

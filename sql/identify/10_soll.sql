-- Who is one person by the tokens of today: the smallest identity of equal exact tokens stands for the person.
create temporary table i_soll on commit drop as
select
    i.identitaet_id,
    case when t.exakt_token is null then i.identitaet_id else min(i.identitaet_id) over je_token end as person_id,
    case when t.exakt_token is not null and count(*) over je_token > 1 then 'exakt' else 'allein' end as grund
from kern.identitaet as i
left join abgleich.identitaet_token as t on i.identitaet_id = t.identitaet_id
window je_token as (partition by t.exakt_token)

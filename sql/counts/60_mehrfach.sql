-- Persons with several participations: one row per person, period and cell, before and after rolling up.
-- `letzte` orders a person's participations by Eintritt and, at equal Eintritt, the running one last; odd: it still runs.
create table z_mehrfach as
select
    r.periode,
    r.ort,
    r.kat,
    r.person_id,
    any_value(r.streut) as streut,
    bool_or(r.im_zeitraum) as im_zeitraum,
    bool_or(r.im_bestand) as im_bestand,
    bool_and(r.unter_schwelle) filter (where r.im_zeitraum) as unter_schwelle,
    bool_or(r.parallel) filter (where r.im_zeitraum) as parallel,
    max(r.letzte) filter (where r.im_zeitraum) as letzte
from (
    select
        p.periode,
        t.ort,
        0 as kat,
        t.person_id,
        t.streut,
        t.ein <= p.bis and t.aus >= p.von as im_zeitraum,
        t.ein <= p.stichtag and t.aus > p.stichtag as im_bestand,
        z.zaehlbar_ab is null or z.zaehlbar_ab > p.bis as unter_schwelle,
        t.parallel,
        (t.ein - date '1900-01-01') * 2 + (t.aus > p.bis)::integer as letzte
    from z_periode as p
    inner join z_teilnahme as t
        on t.mehrfach and t.ein <= greatest(p.bis, p.stichtag) and t.aus >= least(p.von, p.stichtag)
    left join z_zaehlbar as z on t.tn = z.tn
    union all
    select
        k.periode,
        t.ort,
        k.kat,
        t.person_id,
        t.streut,
        true as im_zeitraum,
        false as im_bestand,
        z.zaehlbar_ab is null or z.zaehlbar_ab > p.bis as unter_schwelle,
        t.parallel,
        (t.ein - date '1900-01-01') * 2 + (t.aus > p.bis)::integer as letzte
    from z_kategorie_periode as k
    inner join z_teilnahme as t on k.tn = t.tn and t.mehrfach
    inner join z_periode as p on k.periode = p.periode
    left join z_zaehlbar as z on k.tn = z.tn
    union all
    select
        p.periode,
        t.ort,
        k.kat,
        t.person_id,
        t.streut,
        false as im_zeitraum,
        true as im_bestand,
        null as unter_schwelle,
        false as parallel,
        null as letzte
    from z_kategorie as k
    inner join z_teilnahme as t on k.tn = t.tn and t.mehrfach
    inner join z_periode as p on k.erst <= p.stichtag and t.aus > p.stichtag
) as r
group by r.periode, r.ort, r.kat, r.person_id

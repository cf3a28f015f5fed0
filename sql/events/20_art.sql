-- What every event was: its category says it, else the body it refers to. And all of them once more by category.
create table z_art as
select
    datum,
    jc,
    vh,
    quartier,
    tvp,
    art,
    case when art = 'verweis' then coalesce(verweis_an, 'ohne Angabe') else angebot_code end as code,
    zaehlweise,
    anzahl_gesamt
from (
    select
        *,
        case
            when kategorie = 'K-OFFEN' then 'besuch'
            when kategorie = 'K-STRUK' then 'kontakt'
            when kategorie = 'K-KOMM' or verweis_an is not null then 'verweis'
            when kategorie is null then 'nicht_zugeordnet'
            else 'sonstiges'
        end as art
    from z_ereignis
)
union all
select
    datum,
    jc,
    vh,
    quartier,
    tvp,
    'kategorie' as art,
    coalesce(kategorie, 'K-0-NZ') as code,
    zaehlweise,
    anzahl_gesamt
from z_ereignis

-- Frage: Wie viele Teilnahmen liefen am Stichtag im Juni 2026, wie viele davon sind zählbar, wie viele aktiv?
-- Für: Controlling
-- Lesen: Der Bestand fragt nicht, wann jemand zuletzt da war; „davon aktiv“ sind Teilnahmen mit einer Aktivität in den
--   letzten 60 Tagen (Zählregel).
select jobcenter_nr, stichtag, bestand, bestand_zaehlbar, bestand_aktiv
from bericht.figuren
where
    zeitraum = 'monat' and beginn = '2026-06-01' and jobcenter_nr in ('99901', '99902')
    and land = '*' and vorhaben_id = '*' and quartier_id = '*' and tvp_id = '*' and kategorie = '*'
order by jobcenter_nr

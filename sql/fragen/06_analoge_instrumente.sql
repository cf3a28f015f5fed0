-- Frage: Womit in der Regelförderung ist das vergleichbar, was die Projekte tun?
-- Für: Controlling
-- Lesen: Das nächstliegende Instrument dient nur dem Vergleich: die Teilnahmen sind keine Förderung nach diesen Normen.
--   Zwölf Monate bis Juni 2026, alle Jobcenter.
select kategorie, kategorie_name, analog, teilnahmen, personen
from bericht.aktivitaeten
where
    zeitraum = 'zwoelf_monate' and ende = '2026-06-30' and zeile = 'kategorie'
    and jobcenter_nr = '*' and vorhaben_id = '*' and quartier_id = '*' and personen is not null
order by reihenfolge, kategorie

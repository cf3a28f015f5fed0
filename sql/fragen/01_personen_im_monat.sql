-- Frage: Wie viele Personen meines Jobcenters nahmen im Juni 2026 teil, und wie viele davon zählbar?
-- Für: Controlling
-- Lesen: Zählbar ist, wer bis Monatsende die Stundenschwelle erreicht hat (Zählregeln der Site); die übrigen stehen
--   daneben, damit die Schwelle niemanden verschwinden lässt. Die Zahl steht neben K3E2, nie darin.
select
    personen,
    personen - personen_unter_schwelle as davon_zaehlbar,
    personen_unter_schwelle as erreicht_unter_schwelle,
    teilnahmen,
    stand,
    lieferungen_eingegangen || ' von ' || lieferungen_erwartet as lieferungen
from bericht.figuren
where
    zeitraum = 'monat' and beginn = '2026-06-01' and jobcenter_nr = '99901'
    and land = '*' and vorhaben_id = '*' and quartier_id = '*' and tvp_id = '*' and kategorie = '*'

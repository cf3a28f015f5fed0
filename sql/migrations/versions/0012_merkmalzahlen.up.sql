-- Who takes part and what happened, counted one feature at a time, and events.

create table zahl.angabenzahl (
    zeitraum text not null check (zeitraum in ('monat', 'quartal', 'zwoelf_monate', 'jahr')),
    beginn date not null check (extract(day from beginn) = 1),
    ende date not null,
    jobcenter_nr text not null,
    vorhaben_id text not null,
    quartier_id text not null,
    tvp_id text not null,
    angabe text not null,
    auspraegung text not null,
    teilnahmen integer,
    personen integer not null,
    eintritte integer,
    austritte integer,
    bestand integer,
    bekannt_von integer not null,
    bekannt_bis integer,
    primary key (
        angabe, zeitraum, beginn, jobcenter_nr, vorhaben_id, quartier_id, tvp_id, auspraegung, bekannt_von
    ),
    check (bekannt_bis > bekannt_von),
    check (ende > beginn),
    -- domain.md (d) 14: Zugangsweg is never crossed with Austritt, and Bestand with Eintritte would give it away.
    constraint angabenzahl_zugangsweg_ohne_austritt check (
        angabe <> 'zugangsweg' or (austritte is null and bestand is null)
    ),
    constraint angabenzahl_austritt_grund_nur_summe check (
        angabe <> 'austritt_grund' or (quartier_id = '*' and tvp_id = '*')
    ),
    constraint angabenzahl_bezug check (
        case
            when
                angabe in (
                    'austritt_grund', 'anschluss', 'erg_arbeitsuche', 'erg_bildung', 'erg_qualifikation', 'erg_arbeit',
                    'beschfaehigkeit_erhoeht', 'erg_6m_arbeit', 'erg_6m_verbessert'
                )
                then teilnahmen is null and eintritte is null and bestand is null and austritte is not null
            when angabe = 'zugangsweg' then teilnahmen is not null and eintritte is not null
            else num_nulls(teilnahmen, eintritte, austritte, bestand) = 0
        end
    )
);
comment on table zahl.angabenzahl is 'Wer teilnimmt und wie es ausging: je Zeitraum, Zelle und Ausprägung einer Angabe, immer nur eine Angabe auf einmal, mit Geschichte. Geändertes in einer späteren Lieferung ist eine Korrektur: es zählt die zuletzt bekannte Angabe. Intern, nicht zur Weitergabe.';
comment on column zahl.angabenzahl.zeitraum is 'monat, quartal, zwoelf_monate (gleitend, am Quartalsende) oder jahr; jeder für sich gezählt, nie aus kürzeren summiert.';
comment on column zahl.angabenzahl.beginn is 'Erster Tag des Zeitraums.';
comment on column zahl.angabenzahl.ende is 'Letzter Tag des Zeitraums.';
comment on column zahl.angabenzahl.jobcenter_nr is 'Jobcenter der Teilnahme; * = alle, OHNE = keines angegeben.';
comment on column zahl.angabenzahl.vorhaben_id is 'Vorhaben; * = alle.';
comment on column zahl.angabenzahl.quartier_id is 'Quartier, in dem die Person wohnt; * = alle, OHNE = keines angegeben.';
comment on column zahl.angabenzahl.tvp_id is 'Teilvorhabenpartner; * = alle. Zeilen je TVP sind nur für den Vorhabenträger (und den TVP selbst), nie für ein Jobcenter.';
comment on column zahl.angabenzahl.angabe is 'Was angegeben wurde: ein Feld der Teilnahme oder daraus abgeleitet. langzeitarbeitslos heißt in Berichten „Langzeitarbeitslos bei Eintritt (ESF-Angabe)“, nie Langzeitleistungsbezug. hemmnisse: Zahl der Handlungsbedarfe bei Eintritt. quartier nur, wo ein Vorhaben genannt ist, denn Quartiere heißen nur in ihrem Vorhaben eindeutig.';
comment on column zahl.angabenzahl.auspraegung is 'Code der Angabe nach dem Datenvertrag; ohne Angabe = nicht geliefert. hemmnisse: 0, 1, 2, 3+; langzeitarbeitslos: j, n. Bei erg_6m_arbeit und erg_6m_verbessert heißt ohne Angabe: nicht gefragt; gefragt n = j + n + km, geantwortet m = j + n.';
comment on column zahl.angabenzahl.teilnahmen is 'Teilnahmen, die im Zeitraum liefen. Leer bei Angaben zum Austritt und danach.';
comment on column zahl.angabenzahl.personen is 'Verschiedene Personen dieser Teilnahmen; bei Angaben zum Austritt und danach: der gezählten Austritte. Wer zwei Teilnahmen mit verschiedenen Angaben hat, steht in beiden Zeilen: Personen sind über Ausprägungen nicht addierbar.';
comment on column zahl.angabenzahl.eintritte is 'Formale Eintritte nach dem vorigen bis zum Stichtag. Leer bei Angaben zum Austritt und danach.';
comment on column zahl.angabenzahl.austritte is 'Austritte nach dem vorigen bis zum Stichtag. erg_6m_arbeit, erg_6m_verbessert: Austritte, deren Tag sechs Monate danach in diese Spanne fällt (gefragt werden darf etwa 150 bis 215 Tage danach, bis dahin kommen Antworten nach). Leer bei zugangsweg: nie mit Austritten gekreuzt.';
comment on column zahl.angabenzahl.bestand is 'Teilnahmen am Stichtag: eingetreten, nicht ausgetreten. Leer bei Angaben zum Austritt und danach und bei zugangsweg (mit den Eintritten ergäbe er die Austritte).';
comment on column zahl.angabenzahl.bekannt_von is 'Lauf, seit dem die Zahl so lautet.';
comment on column zahl.angabenzahl.bekannt_bis is 'Lauf, seit dem sie anders lautet; leer: gilt.';

create table zahl.ereigniszahl (
    zeitraum text not null check (zeitraum in ('monat', 'quartal', 'zwoelf_monate', 'jahr')),
    beginn date not null check (extract(day from beginn) = 1),
    ende date not null,
    jobcenter_nr text not null,
    vorhaben_id text not null,
    quartier_id text not null,
    tvp_id text not null,
    art text not null check (
        art in ('besuch', 'verweis', 'kontakt', 'sonstiges', 'nicht_zugeordnet', 'kategorie', 'zwischenschritt')
    ),
    code text not null,
    zaehlweise text not null check (zaehlweise in ('gezaehlt', 'geschaetzt', '')),
    ereignisse integer not null,
    ereignisse_ohne_anzahl integer not null,
    anzahl bigint,
    personen integer,
    bekannt_von integer not null,
    bekannt_bis integer,
    primary key (
        zeitraum, beginn, jobcenter_nr, vorhaben_id, quartier_id, tvp_id, art, code, zaehlweise, bekannt_von
    ),
    check (bekannt_bis > bekannt_von),
    check (ende > beginn),
    check (ereignisse_ohne_anzahl between 0 and ereignisse),
    constraint ereigniszahl_unbekannt_ist_nicht_null check ((anzahl is null) = (ereignisse_ohne_anzahl = ereignisse)),
    constraint ereigniszahl_keine_person check ((personen is not null) = (art = 'zwischenschritt')),
    constraint ereigniszahl_zaehlweise check ((zaehlweise = '') = (art = 'zwischenschritt'))
);
comment on table zahl.ereigniszahl is 'Was geschah: Besuche offener Angebote, Verweise, Kontakte (Ereignisse ohne Personenbezug) und Zwischenschritte, je Zeitraum und Zelle, mit Geschichte. Ein Ereignis ist nie eine Person. Intern, nicht zur Weitergabe.';
comment on column zahl.ereigniszahl.zeitraum is 'monat, quartal, zwoelf_monate (gleitend, am Quartalsende) oder jahr; jeder für sich gezählt.';
comment on column zahl.ereigniszahl.beginn is 'Erster Tag des Zeitraums; gezählt wird nach Kalendertagen, nicht von Stichtag zu Stichtag.';
comment on column zahl.ereigniszahl.ende is 'Letzter Tag des Zeitraums.';
comment on column zahl.ereigniszahl.jobcenter_nr is 'Zwischenschritt: Jobcenter der Teilnahme. Ereignis: das Jobcenter, dem die Site das Quartier zuordnet. * = alle, OHNE = keines bekannt.';
comment on column zahl.ereigniszahl.vorhaben_id is 'Vorhaben; * = alle.';
comment on column zahl.ereigniszahl.quartier_id is 'Zwischenschritt: Wohnquartier. Ereignis: wo es stattfand; AUSSERHALB der Fördergebiete. * = alle, OHNE = keines angegeben.';
comment on column zahl.ereigniszahl.tvp_id is 'Teilvorhabenpartner; * = alle. Zeilen je TVP sind nur für den Vorhabenträger (und den TVP selbst), nie für ein Jobcenter.';
comment on column zahl.ereigniszahl.art is 'besuch (Kategorie K-OFFEN), verweis (K-KOMM, sonst: nennt eine Stelle), kontakt (K-STRUK), sonstiges (andere Kategorie), nicht_zugeordnet (Code ohne Kategorie an diesem Tag): jedes Ereignis steht in genau einer. kategorie: dieselben Ereignisse noch einmal nach Kategorie, nicht zu den anderen addierbar. zwischenschritt: Schritte von Teilnehmenden.';
comment on column zahl.ereigniszahl.code is 'verweis: wohin (ohne Angabe = nicht gesagt); kategorie: Kategorie, K-0-NZ = nicht zugeordnet; zwischenschritt: Schritt; sonst Code des Katalogs.';
comment on column zahl.ereigniszahl.zaehlweise is 'gezaehlt oder geschaetzt (nicht gesagt heißt geschätzt); leer bei Zwischenschritten.';
comment on column zahl.ereigniszahl.ereignisse is 'Zahl der Ereignisse (Zeilen der Partner) oder Schritte.';
comment on column zahl.ereigniszahl.ereignisse_ohne_anzahl is 'Davon ohne Anzahl: wie viele Besuche oder Verweise es waren, ist unbekannt, nicht null.';
comment on column zahl.ereigniszahl.anzahl is 'Besuche, Verweise oder Kontakte (anzahl_gesamt), soweit bekannt; bei Zwischenschritten wie ereignisse. Leer: von keinem Ereignis bekannt.';
comment on column zahl.ereigniszahl.personen is 'Verschiedene Personen, nur bei Zwischenschritten.';
comment on column zahl.ereigniszahl.bekannt_von is 'Lauf, seit dem die Zahl so lautet.';
comment on column zahl.ereigniszahl.bekannt_bis is 'Lauf, seit dem sie anders lautet; leer: gilt.';

grant select, insert, update, delete on zahl.angabenzahl, zahl.ereigniszahl to zaehlbar_lader;

-- Facts with their history. Columns, labels and meanings follow the contract (a test compares them).

create table kern.teilnahme (
    identitaet_id bigint not null,
    geschlecht text,
    ags text,
    quartier_id text,
    eintritt_datum date not null,
    austritt_datum date,
    status text,
    austritt_grund text,
    zugangsweg text,
    rechtskreis text,
    jobcenter_nr text,
    erwerbsstatus_eintritt text,
    alo_dauer text,
    nerw_bildung boolean,
    schulabschluss text,
    berufsabschluss text,
    isced_gruppe text,
    drittstaat text,
    herkunft_ausl text,
    wohnungslos text,
    alleinerziehend text,
    sprache_stufe text,
    hemmnisse_anzahl_eintritt integer,
    hemmnisse_anzahl_aktuell integer,
    distanz_eintritt integer,
    distanz_aktuell integer,
    vorher text,
    jc_massnahme_parallel text,
    einwilligung_stufe text,
    einwilligung_am date,
    einwilligung_version text,
    einwilligung_empfaenger text,
    einwilligung_zweck text,
    einwilligung_bis date,
    widerruf_am date,
    fragebogen_teil1_ok boolean,
    erg_arbeitsuche text,
    erg_bildung text,
    erg_qualifikation text,
    erg_arbeit text,
    erg_6m_arbeit text,
    erg_6m_verbessert text,
    beschfaehigkeit_erhoeht text,
    anschluss text,
    altersgruppe_eintritt text,
    lieferung_nr integer not null,
    bekannt_von integer not null,
    bekannt_bis integer,
    primary key (identitaet_id, eintritt_datum, bekannt_von),
    check (bekannt_bis > bekannt_von)
);
comment on table kern.teilnahme is 'Teilnahme. Eine Zeile je Person, Teilvorhabenpartner und Eintritt. Ein Wiedereintritt ist eine weitere Zeile. Behinderung und Minderheit (Art. 9 DSGVO) sind kein Teil dieses Vertrags; eine solche Spalte bitte vor der Lieferung entfernen. Mit Geschichte.';
comment on column kern.teilnahme.identitaet_id is 'Identität.';
comment on column kern.teilnahme.geschlecht is 'Geschlecht. Geschlecht nach eigener Angabe. In Berichten nur weiblich und übrige, weil kleine Gruppen sonst erkennbar wären.';
comment on column kern.teilnahme.ags is 'Gemeindeschlüssel. Amtlicher Gemeindeschlüssel der Wohngemeinde, acht Ziffern mit führender Null. Nur für die Angabe ländlicher Raum.';
comment on column kern.teilnahme.quartier_id is 'Quartier. Fördergebiet, in dem die Person wohnt, aus der Liste des Vorhabens; AUSSERHALB, wenn sie dort nicht wohnt.';
comment on column kern.teilnahme.eintritt_datum is 'Eintritt. Erster Tag der Teilnahme. Ein Wiedereintritt ist eine weitere Zeile mit eigenem Eintritt.';
comment on column kern.teilnahme.austritt_datum is 'Austritt. Letzter Tag der Teilnahme; leer, solange sie läuft.';
comment on column kern.teilnahme.status is 'Status der Teilnahme. Stand der Teilnahme. STORNO heißt: die Teilnahme wurde irrtümlich erfasst und zählt nirgends.';
comment on column kern.teilnahme.austritt_grund is 'Austrittsgrund. Grund des Austritts. Gesundheitliche Gründe immer als SONST. Verlässt nie als Einzelangabe das Vorhaben.';
comment on column kern.teilnahme.zugangsweg is 'Zugangsweg. Wie die Person zum Vorhaben kam. Empfehlung und Zuweisung des Jobcenters sind zweierlei. Erscheint in Berichten nur in drei Gruppen.';
comment on column kern.teilnahme.rechtskreis is 'Rechtskreis. Leistungsbezug bei Eintritt nach eigener Angabe. Bestimmt, ob die Person für ein Jobcenter gezählt wird.';
comment on column kern.teilnahme.jobcenter_nr is 'Jobcenter. Fünfstellige Nummer des zuständigen Jobcenters aus der Liste des Vorhabenträgers. Nötig bei Rechtskreis SGB2.';
comment on column kern.teilnahme.erwerbsstatus_eintritt is 'Erwerbsstatus bei Eintritt. Stand unmittelbar vor Eintritt. Wer arbeitslos gemeldet ist, ist arbeitslos, auch mit Minijob.';
comment on column kern.teilnahme.alo_dauer is 'Dauer der Arbeitslosigkeit. Nur bei ALO. Aus „über 12 Monate“ wird „Langzeitarbeitslos bei Eintritt (ESF-Angabe)“, nie Langzeitleistungsbezug.';
comment on column kern.teilnahme.nerw_bildung is 'in Bildung oder Ausbildung. Nur bei nicht Erwerbstätigen: ob sie eine Schule, Ausbildung oder Weiterbildung besuchen.';
comment on column kern.teilnahme.schulabschluss is 'Höchster Schulabschluss. Höchster erreichter Schulabschluss, auch im Ausland.';
comment on column kern.teilnahme.berufsabschluss is 'Höchster Berufs- oder Studienabschluss. Höchster erreichter Abschluss, auch im Ausland; ohne Anerkennung ebenfalls angeben.';
comment on column kern.teilnahme.isced_gruppe is 'ISCED-Gruppe. Nur liefern, wenn Schul- und Berufsabschluss nicht einzeln vorliegen; sonst wird die Gruppe daraus abgeleitet.';
comment on column kern.teilnahme.drittstaat is 'Drittstaatsangehörig. Staatsangehörigkeit eines Staates außerhalb der EU, auch staatenlos. Nur liefern, wenn der Bericht vor Ort gebraucht wird.';
comment on column kern.teilnahme.herkunft_ausl is 'Ausländische Herkunft. Teilnehmende ausländischer Herkunft nach ESF-Definition. Nur liefern, wenn der Bericht vor Ort gebraucht wird.';
comment on column kern.teilnahme.wohnungslos is 'Wohnungslos oder von Ausgrenzung betroffen. Nur liefern, wenn der Bericht vor Ort gebraucht wird.';
comment on column kern.teilnahme.alleinerziehend is 'Alleinerziehend. Lebt allein mit Kindern unter 18. Zum Vergleich mit K2E4, nie in ihr.';
comment on column kern.teilnahme.sprache_stufe is 'Deutschniveau. Stufe des Gemeinsamen Europäischen Referenzrahmens bei Eintritt; A0 heißt keine Kenntnisse.';
comment on column kern.teilnahme.hemmnisse_anzahl_eintritt is 'Zahl der Handlungsbedarfe bei Eintritt. Nur die Anzahl, 0 bis 9. Welche es sind, insbesondere Gesundheit, Sucht oder Schulden, wird nie geliefert.';
comment on column kern.teilnahme.hemmnisse_anzahl_aktuell is 'Zahl der Handlungsbedarfe aktuell. Nur die Anzahl, 0 bis 9, am Ende des Lieferzeitraums oder bei Austritt.';
comment on column kern.teilnahme.distanz_eintritt is 'Entfernung zum Arbeitsmarkt bei Eintritt. Selbsteinschätzung oder Einschätzung des Trägers von 1 (sehr nah) bis 5 (sehr weit). Keine Profillage des Jobcenters.';
comment on column kern.teilnahme.distanz_aktuell is 'Entfernung zum Arbeitsmarkt aktuell. Wie bei Eintritt, am Ende des Lieferzeitraums oder bei Austritt.';
comment on column kern.teilnahme.vorher is 'Was vorher war. Was unmittelbar vor der Teilnahme war, nach eigener Angabe.';
comment on column kern.teilnahme.jc_massnahme_parallel is 'Parallele Maßnahme des Jobcenters. Ob die Person gleichzeitig an einer Maßnahme des Jobcenters teilnimmt, nach eigener Angabe. Verhindert doppelte Zählung.';
comment on column kern.teilnahme.einwilligung_stufe is 'Einwilligung. 0 keine: die Zeile wird nicht gespeichert. 1 Statistik: pseudonym für Summen. 2 fallbezogen: zusätzlich Austausch im Einzelfall. Die Teilnahme hängt nicht davon ab.';
comment on column kern.teilnahme.einwilligung_am is 'Einwilligung erklärt am. Tag der Erklärung (auch der Ablehnung, Stufe 0). Die jüngste Erklärung einer Person gilt, bei gleichem Tag die strengere.';
comment on column kern.teilnahme.einwilligung_version is 'Fassung der Einwilligung. Kennzeichen des unterschriebenen Textes, zum Beispiel 2025-01.';
comment on column kern.teilnahme.einwilligung_empfaenger is 'Empfänger. Für welchen Empfänger die Einwilligung gilt, nur bei Stufe 2: Nummer des Jobcenters.';
comment on column kern.teilnahme.einwilligung_zweck is 'Zweck. Für welchen Zweck die Einwilligung gilt.';
comment on column kern.teilnahme.einwilligung_bis is 'Einwilligung gilt bis. Letzter Tag, an dem die Einwilligung gilt; leer, wenn sie nicht befristet ist.';
comment on column kern.teilnahme.widerruf_am is 'Widerrufen am. Tag des Widerrufs. Die Angaben der Person werden beim nächsten Laden entfernt.';
comment on column kern.teilnahme.fragebogen_teil1_ok is 'Pflichtteil des Fragebogens vollständig. Ob Teil 1 des Teilnehmerfragebogens vollständig ist. Ohne ihn ist die Teilnahme im ESF nicht möglich.';
comment on column kern.teilnahme.erg_arbeitsuche is 'Ergebnis: auf Arbeitsuche. Unmittelbar nach Austritt, innerhalb von vier Wochen. Nur zusammen mit einem Austritt.';
comment on column kern.teilnahme.erg_bildung is 'Ergebnis: schulische oder berufliche Bildung. Unmittelbar nach Austritt, innerhalb von vier Wochen. Nur zusammen mit einem Austritt.';
comment on column kern.teilnahme.erg_qualifikation is 'Ergebnis: Qualifizierung erlangt. Unmittelbar nach Austritt, innerhalb von vier Wochen. Nur zusammen mit einem Austritt.';
comment on column kern.teilnahme.erg_arbeit is 'Ergebnis: Arbeitsplatz, auch selbständig. Unmittelbar nach Austritt, innerhalb von vier Wochen. Nur zusammen mit einem Austritt.';
comment on column kern.teilnahme.erg_6m_arbeit is 'nach 6 Monaten: Arbeitsplatz. Nachfrage etwa sechs Monate nach Austritt. Leer heißt: nicht gefragt.';
comment on column kern.teilnahme.erg_6m_verbessert is 'nach 6 Monaten: Lage verbessert. Nachfrage etwa sechs Monate nach Austritt. Leer heißt: nicht gefragt.';
comment on column kern.teilnahme.beschfaehigkeit_erhoeht is 'Beschäftigungsfähigkeit erhöht. Ergebnisindikator von BIWAQ im Handlungsfeld 1, bei Austritt.';
comment on column kern.teilnahme.anschluss is 'Angegebener Anschluss. Was nach der Teilnahme folgt, nach eigener Angabe. Nur zusammen mit einem Austritt.';
comment on column kern.teilnahme.altersgruppe_eintritt is 'Altersgruppe beim Eintritt (U18, 18-24, 25-29, 30-54, 55+); leer ohne Geburtsdatum.';
comment on column kern.teilnahme.lieferung_nr is 'Lieferung, die diese Fassung zuletzt belegte.';
comment on column kern.teilnahme.bekannt_von is 'Lauf, seit dem diese Fassung bekannt ist.';
comment on column kern.teilnahme.bekannt_bis is 'Lauf, seit dem sie nicht mehr gilt; leer: gilt.';

create table kern.aktivitaet (
    identitaet_id bigint not null,
    aktivitaet_code text not null,
    datum date not null,
    periode text,
    dauer_min integer,
    format text,
    ergebnis text,
    nr smallint not null,
    lieferung_nr integer not null,
    bekannt_von integer not null,
    bekannt_bis integer,
    primary key (identitaet_id, datum, aktivitaet_code, nr, bekannt_von),
    check (bekannt_bis > bekannt_von)
);
comment on table kern.aktivitaet is 'Aktivität. Eine Zeile je Person, Tag und Aktivität, nur Besuchtes; Monatssummen sind erlaubt (periode M). Kein Freitext, keine Fehlzeiten. Mit Geschichte.';
comment on column kern.aktivitaet.identitaet_id is 'Identität.';
comment on column kern.aktivitaet.aktivitaet_code is 'Aktivität. Code aus dem Katalog. Ein Code, der dort fehlt, geht nicht verloren: er wird als „nicht zugeordnet“ gezählt und gemeldet.';
comment on column kern.aktivitaet.datum is 'Datum. Tag der Aktivität, zwischen Eintritt und Austritt. Bei Monatssummen (periode M) der letzte Tag des Monats.';
comment on column kern.aktivitaet.periode is 'Periode. T für eine einzelne Aktivität an einem Tag, M für die Summe eines Monats. Leer heißt T.';
comment on column kern.aktivitaet.dauer_min is 'Dauer in Minuten. Besuchte Zeit. Je Tag höchstens 600 Minuten; bei Monatssummen gilt die Tagesgrenze nicht. „2,5 h“ wird verstanden. Fehlzeiten werden nie geliefert.';
comment on column kern.aktivitaet.format is 'Durchführungsform. Wie die Aktivität stattfand.';
comment on column kern.aktivitaet.ergebnis is 'Ergebnis. Stand am Ende der Aktivität. Verweise an andere Stellen stehen als Ereignis in der Tabelle Angebot, nie bei der Person.';
comment on column kern.aktivitaet.nr is 'Laufende Nummer unter sonst gleichem Schlüssel.';
comment on column kern.aktivitaet.lieferung_nr is 'Lieferung, die diese Fassung zuletzt belegte.';
comment on column kern.aktivitaet.bekannt_von is 'Lauf, seit dem diese Fassung bekannt ist.';
comment on column kern.aktivitaet.bekannt_bis is 'Lauf, seit dem sie nicht mehr gilt; leer: gilt.';

create table kern.zwischenschritt (
    identitaet_id bigint not null,
    datum date not null,
    code text not null,
    lieferung_nr integer not null,
    bekannt_von integer not null,
    bekannt_bis integer,
    primary key (identitaet_id, datum, code, bekannt_von),
    check (bekannt_bis > bekannt_von)
);
comment on table kern.zwischenschritt is 'Zwischenschritt. Etwas unterhalb einer Arbeitsaufnahme Erreichtes, eine Zeile je Person, Schritt und Tag. Mit Geschichte.';
comment on column kern.zwischenschritt.identitaet_id is 'Identität.';
comment on column kern.zwischenschritt.datum is 'Datum. Tag, an dem der Schritt erreicht wurde.';
comment on column kern.zwischenschritt.code is 'Zwischenschritt. Was erreicht wurde. Nie Gesundheit, Sucht oder Schulden.';
comment on column kern.zwischenschritt.lieferung_nr is 'Lieferung, die diese Fassung zuletzt belegte.';
comment on column kern.zwischenschritt.bekannt_von is 'Lauf, seit dem diese Fassung bekannt ist.';
comment on column kern.zwischenschritt.bekannt_bis is 'Lauf, seit dem sie nicht mehr gilt; leer: gilt.';

create table kern.angebot (
    vorhaben_id text not null,
    tvp_id text not null,
    datum date not null,
    angebot_code text not null,
    quartier_id text not null,
    dauer_min integer,
    anzahl_gesamt integer,
    anzahl_art text,
    anzahl_w integer,
    anzahl_m integer,
    anzahl_nb integer,
    verweis_an text,
    nr smallint not null,
    lieferung_nr integer not null,
    bekannt_von integer not null,
    bekannt_bis integer,
    primary key (vorhaben_id, tvp_id, datum, angebot_code, quartier_id, nr, bekannt_von),
    check (bekannt_bis > bekannt_von)
);
comment on table kern.angebot is 'Angebot (Ereignis ohne Personenbezug). Offene Angebote, Verweise und Unternehmenskontakte als Ereignisse, ohne Personen. Eine Zeile je Tag, Code und Quartier. Mit Geschichte.';
comment on column kern.angebot.vorhaben_id is 'Vorhaben.';
comment on column kern.angebot.tvp_id is 'Teilvorhabenpartner.';
comment on column kern.angebot.datum is 'Datum. Tag des offenen Angebots oder des Verweises.';
comment on column kern.angebot.angebot_code is 'Ereignis. Code aus dem Katalog, nur die Codes ohne Personenbezug: A03, C06, C07, C08, X01.';
comment on column kern.angebot.quartier_id is 'Quartier. Fördergebiet, in dem es stattfand; AUSSERHALB, wenn es dort nicht war.';
comment on column kern.angebot.dauer_min is 'Dauer in Minuten. Dauer des Angebots in Minuten, nicht je Besuch.';
comment on column kern.angebot.anzahl_gesamt is 'Anzahl. Zahl der Besuche oder Verweise. Besuche sind keine Personen: wer zweimal kommt, zählt zweimal.';
comment on column kern.angebot.anzahl_art is 'Gezählt oder geschätzt. Ob die Anzahl gezählt oder geschätzt ist. Steht in jedem Bericht daneben. Leer heißt geschätzt.';
comment on column kern.angebot.anzahl_w is 'davon weiblich. Freiwillig.';
comment on column kern.angebot.anzahl_m is 'davon männlich. Freiwillig.';
comment on column kern.angebot.anzahl_nb is 'davon nicht-binär, divers. Freiwillig.';
comment on column kern.angebot.verweis_an is 'Verweis an. Wohin verwiesen wurde, bei C06, C07 und C08. Nie mit Person, denn der Verweis allein kann Gesundheitliches verraten.';
comment on column kern.angebot.nr is 'Laufende Nummer unter sonst gleichem Schlüssel.';
comment on column kern.angebot.lieferung_nr is 'Lieferung, die diese Fassung zuletzt belegte.';
comment on column kern.angebot.bekannt_von is 'Lauf, seit dem diese Fassung bekannt ist.';
comment on column kern.angebot.bekannt_bis is 'Lauf, seit dem sie nicht mehr gilt; leer: gilt.';

create table kern.verzeichnis (
    vorhaben_id text not null,
    tvp_id text not null,
    angebot_id text not null,
    titel text,
    kurztext text,
    zielgruppe text,
    quartier_id text,
    zeiten text,
    naechster_start date,
    plaetze integer,
    plaetze_frei integer,
    sprache text,
    kinderbetreuung text,
    zugang text,
    funktionskontakt text,
    gueltig_bis date,
    lieferung_nr integer not null,
    bekannt_von integer not null,
    bekannt_bis integer,
    primary key (vorhaben_id, tvp_id, angebot_id, bekannt_von),
    check (bekannt_bis > bekannt_von)
);
comment on table kern.verzeichnis is 'Verzeichnis der Angebote. Was es gibt, für wen, wo, wann, ob Plätze frei sind und wen man anruft. Keine Personen. Mit Geschichte.';
comment on column kern.verzeichnis.vorhaben_id is 'Vorhaben.';
comment on column kern.verzeichnis.tvp_id is 'Teilvorhabenpartner.';
comment on column kern.verzeichnis.angebot_id is 'Kennung des Angebots. Kurzes, dauerhaftes Kennzeichen, das der Teilvorhabenpartner vergibt.';
comment on column kern.verzeichnis.titel is 'Angebot. Name des Angebots, wie er auf dem Angebotsblatt stehen soll.';
comment on column kern.verzeichnis.kurztext is 'Kurztext. Ein bis zwei Sätze für die Integrationsfachkraft. Keine Namen von Personen.';
comment on column kern.verzeichnis.zielgruppe is 'Für wen. Für wen das Angebot gedacht ist, in wenigen Worten.';
comment on column kern.verzeichnis.quartier_id is 'Quartier. Fördergebiet, in dem das Angebot stattfindet; AUSSERHALB, wenn es dort nicht ist.';
comment on column kern.verzeichnis.zeiten is 'Zeiten. Wochentage und Uhrzeiten, zum Beispiel: Mo und Mi 9–12 Uhr.';
comment on column kern.verzeichnis.naechster_start is 'Nächster Start. Nächster Beginn; leer, wenn der Einstieg jederzeit möglich ist.';
comment on column kern.verzeichnis.plaetze is 'Plätze. Zahl der Plätze. Wird nie neben der Zahl der freien gezeigt.';
comment on column kern.verzeichnis.plaetze_frei is 'Freie Plätze. Zahl der freien Plätze. Gezeigt wird nur ja, wenige oder nein.';
comment on column kern.verzeichnis.sprache is 'Sprache. Sprachen, in denen das Angebot stattfindet oder unterstützt wird.';
comment on column kern.verzeichnis.kinderbetreuung is 'Kinderbetreuung. Ob während des Angebots Kinder betreut werden.';
comment on column kern.verzeichnis.zugang is 'Zugang. Wie man hineinkommt.';
comment on column kern.verzeichnis.funktionskontakt is 'Kontakt (Funktion). Funktion, Sammeltelefon oder Sammelpostfach. Keine Namen von Personen.';
comment on column kern.verzeichnis.gueltig_bis is 'Gültig bis. Bis wann die Angaben stimmen. Danach erscheint das Angebot nicht mehr.';
comment on column kern.verzeichnis.lieferung_nr is 'Lieferung, die diese Fassung zuletzt belegte.';
comment on column kern.verzeichnis.bekannt_von is 'Lauf, seit dem diese Fassung bekannt ist.';
comment on column kern.verzeichnis.bekannt_bis is 'Lauf, seit dem sie nicht mehr gilt; leer: gilt.';

create table kern.vereinbarung (
    vorhaben_id text not null,
    tvp_id text not null,
    jobcenter_nr text not null,
    gueltig_ab date,
    gueltig_bis date,
    vorstellungen_vereinbart integer,
    vorstellungen_stattgefunden integer,
    austausch_vereinbart integer,
    austausch_stattgefunden integer,
    naechster_termin date,
    kontakt_funktion_jobcenter text,
    kontakt_funktion_vorhaben text,
    erreichbarkeit text,
    kooplan_abgestimmt text,
    kooplan_abgestimmt_am date,
    liefertag integer,
    kategorien_version text,
    lieferung_nr integer not null,
    bekannt_von integer not null,
    bekannt_bis integer,
    primary key (vorhaben_id, tvp_id, jobcenter_nr, bekannt_von),
    check (bekannt_bis > bekannt_von)
);
comment on table kern.vereinbarung is 'Vereinbarung mit einem Jobcenter. Stand der Zusammenarbeit: was vereinbart ist, was stattfand, was als Nächstes kommt. Funktionen, keine Namen. Mit Geschichte.';
comment on column kern.vereinbarung.vorhaben_id is 'Vorhaben.';
comment on column kern.vereinbarung.tvp_id is 'Teilvorhabenpartner.';
comment on column kern.vereinbarung.jobcenter_nr is 'Jobcenter. Fünfstellige Nummer des Jobcenters, mit dem die Vereinbarung besteht.';
comment on column kern.vereinbarung.gueltig_ab is 'Gültig ab. Beginn der Kooperationsvereinbarung.';
comment on column kern.vereinbarung.gueltig_bis is 'Gültig bis. Ende der Kooperationsvereinbarung; leer, wenn sie nicht befristet ist.';
comment on column kern.vereinbarung.vorstellungen_vereinbart is 'Vorstellungen vereinbart. Wie oft im Jahr die Angebote im Jobcenter vorgestellt werden sollen.';
comment on column kern.vereinbarung.vorstellungen_stattgefunden is 'Vorstellungen stattgefunden. Wie oft sie in den letzten zwölf Monaten vorgestellt wurden.';
comment on column kern.vereinbarung.austausch_vereinbart is 'Austauschtreffen vereinbart. Wie viele operative Austauschtreffen im Jahr vereinbart sind.';
comment on column kern.vereinbarung.austausch_stattgefunden is 'Austauschtreffen stattgefunden. Wie viele in den letzten zwölf Monaten stattfanden.';
comment on column kern.vereinbarung.naechster_termin is 'Nächster Termin. Tag des nächsten Treffens.';
comment on column kern.vereinbarung.kontakt_funktion_jobcenter is 'Kontakt im Jobcenter (Funktion). Funktion, zum Beispiel Teamleitung Markt und Integration. Keine Namen von Personen.';
comment on column kern.vereinbarung.kontakt_funktion_vorhaben is 'Kontakt im Vorhaben (Funktion). Funktion, zum Beispiel Projektkoordination. Keine Namen von Personen.';
comment on column kern.vereinbarung.erreichbarkeit is 'Erreichbarkeit der Kontakte. Sprechzeiten, Sammeltelefon oder Sammelpostfach. Keine Namen von Personen.';
comment on column kern.vereinbarung.kooplan_abgestimmt is 'Mit dem Kooperationsplan abgestimmt. Ob die Inhalte des Vorhabens mit dem Kooperationsplan (§ 15 SGB II) abgestimmt werden. Eine Eigenschaft der Zusammenarbeit, nie einer Person.';
comment on column kern.vereinbarung.kooplan_abgestimmt_am is 'Abgestimmt am. Tag der letzten Abstimmung.';
comment on column kern.vereinbarung.liefertag is 'Liefertag. Bis zu welchem Tag des Folgemonats die Lieferung vereinbart ist.';
comment on column kern.vereinbarung.kategorien_version is 'Vereinbarte Kategorien. Version der Kategorienzuordnung, auf die sich beide verständigt haben.';
comment on column kern.vereinbarung.lieferung_nr is 'Lieferung, die diese Fassung zuletzt belegte.';
comment on column kern.vereinbarung.bekannt_von is 'Lauf, seit dem diese Fassung bekannt ist.';
comment on column kern.vereinbarung.bekannt_bis is 'Lauf, seit dem sie nicht mehr gilt; leer: gilt.';

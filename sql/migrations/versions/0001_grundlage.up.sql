-- The warehouse's ground: schemas, roles, run and delivery records, keys, identities, persons, catalogue.

create schema betrieb;
comment on schema betrieb is 'Läufe, Lieferungen, Bilanzen, Befunde, Entscheidungen: was in welcher Nacht geschah. Keine personenbezogenen Werte.';
create schema abgleich;
comment on schema abgleich is 'Eingeschränkt: Schlüsselkennungen und Token, mit denen Identitäten wiedererkannt werden. Kein Bericht liest hier.';
create schema kern;
comment on schema kern is 'Tatsachen mit ihrer Geschichte, je Zeile eine Identität, kein Klarname.';
create schema katalog;
comment on schema katalog is 'Entscheidungen der Kommune aus dem Site-Ordner: Vorhaben, Partner, Jobcenter, Aktivitäten, Kategorien, Zählregeln, Stichtage.';
create schema zahl;
comment on schema zahl is 'Interne Figuren, jede Nacht aus der Geschichte gezählt. Nicht zur Weitergabe.';
create schema bericht;
comment on schema bericht is 'Interne Berichtssichten. Nicht zur Weitergabe.';
create schema veroeffentlichung;
comment on schema veroeffentlichung is 'Veröffentlichungen: das Einzige, was Controlling im Jobcenter sieht. Bis zur ersten Veröffentlichung leer.';

-- Roles are shared by all databases of a server, so another Zählbar may have made them already.
do $$
declare
    rolle text;
begin
    foreach rolle in array array['zaehlbar_lader', 'zaehlbar_qualitaet', 'zaehlbar_controlling'] loop
        if not exists (select from pg_roles where rolname = rolle) then
            begin
                execute format('create role %I nologin', rolle);
            exception when duplicate_object or unique_violation then
                null; -- another migration was faster
            end;
        end if;
    end loop;
end
$$;

create table betrieb.lauf (
    lauf_id integer generated always as identity primary key,
    ausloeser text not null check (ausloeser in ('cli', 'airflow')),
    extern_id text unique,
    status text not null default 'laeuft' check (status in ('laeuft', 'fertig', 'fehlgeschlagen')),
    begonnen_am timestamptz not null default now(),
    herzschlag_am timestamptz not null default now(),
    beendet_am timestamptz,
    regelwerk_nr integer,
    eingang text,
    site_ordner text,
    fremde_dateien integer not null default 0,
    unvollstaendige integer not null default 0,
    fehler integer not null default 0
);
comment on table betrieb.lauf is 'Ein nächtlicher Lauf; seine Nummer sagt, wann etwas bekannt wurde (bekannt_von, bekannt_bis).';
comment on column betrieb.lauf.lauf_id is 'Laufende Nummer; spätere Läufe haben höhere Nummern.';
comment on column betrieb.lauf.ausloeser is 'Wer den Lauf begann: Kommandozeile (cli) oder Airflow (airflow).';
comment on column betrieb.lauf.extern_id is 'Kennung des Laufs in Airflow; derselbe Airflow-Lauf setzt denselben Lauf fort.';
comment on column betrieb.lauf.status is 'laeuft, fertig oder fehlgeschlagen (mindestens eine Lieferung scheiterte am System). Ein Lauf, der starb, läuft weiter, bis der nächste ihn fortsetzt.';
comment on column betrieb.lauf.begonnen_am is 'Beginn des Laufs.';
comment on column betrieb.lauf.herzschlag_am is 'Letztes Lebenszeichen; ein Lauf ohne Lebenszeichen kann übernommen werden.';
comment on column betrieb.lauf.beendet_am is 'Ende des Laufs; leer, solange er läuft oder wenn er abbrach.';
comment on column betrieb.lauf.regelwerk_nr is 'Regelwerk (Versionen der Site), unter dem dieser Lauf urteilte und zählte.';
comment on column betrieb.lauf.eingang is 'Ordner des Eingangs.';
comment on column betrieb.lauf.site_ordner is 'Ordner der Site.';
comment on column betrieb.lauf.fremde_dateien is 'Dateien im Eingang, die kein Profil kennt.';
comment on column betrieb.lauf.unvollstaendige is 'Lieferungen im Eingang, denen noch Dateien fehlen.';
comment on column betrieb.lauf.fehler is 'Anzahl der Lieferungen, die in diesem Lauf am System scheiterten.';

create table betrieb.regelwerk_teil (
    teil text not null,
    version text not null,
    sha256 text not null,
    primary key (teil, version)
);
comment on table betrieb.regelwerk_teil is 'Jede je benutzte Version einer Site-Datei mit ihrem Inhalt als SHA-256; anderer Inhalt unter alter Version wird abgelehnt.';
comment on column betrieb.regelwerk_teil.teil is 'Datei der Site, z. B. kategorien.yaml.';
comment on column betrieb.regelwerk_teil.version is 'Version, die in der Datei steht.';
comment on column betrieb.regelwerk_teil.sha256 is 'SHA-256 des Dateiinhalts.';

create table betrieb.regelwerk (
    regelwerk_nr integer generated always as identity primary key,
    sha256 text not null unique,
    site text not null,
    site_version text not null,
    betriebsmodell text not null check (betriebsmodell in ('M1', 'M2', 'M3')),
    katalog_version text not null,
    kategorien_version text not null,
    kategorien_abgestimmt boolean not null,
    zaehlregeln_version text not null,
    kalender_version text not null,
    validierung_version text not null,
    regelpaket_version text not null,
    schwelle_minuten integer,
    aktiv_tage integer,
    vorlaeufig_monate integer not null,
    stichtag_ersatzregel text not null check (stichtag_ersatzregel in ('monatsende', 'monatsmitte'))
);
alter table betrieb.lauf add foreign key (regelwerk_nr) references betrieb.regelwerk (regelwerk_nr);
comment on table betrieb.regelwerk is 'Ein Stand der ganzen Site: alle Versionen, unter denen eine Figur gezählt wurde (jede Figur nennt ihre Regeln).';
comment on column betrieb.regelwerk.regelwerk_nr is 'Laufende Nummer.';
comment on column betrieb.regelwerk.sha256 is 'SHA-256 über alle Dateien der Site und das Regelpaket.';
comment on column betrieb.regelwerk.site is 'Name der Site.';
comment on column betrieb.regelwerk.site_version is 'Version der Site.';
comment on column betrieb.regelwerk.betriebsmodell is 'Betriebsmodell M1, M2 oder M3.';
comment on column betrieb.regelwerk.katalog_version is 'Version des Aktivitätenkatalogs.';
comment on column betrieb.regelwerk.kategorien_version is 'Version der Kategorien und ihrer Zuordnung.';
comment on column betrieb.regelwerk.kategorien_abgestimmt is 'Ob Vorhabenträger (freigegeben) und Jobcenter (zugestimmt) der Zuordnung zustimmten.';
comment on column betrieb.regelwerk.zaehlregeln_version is 'Version der Zählregeln.';
comment on column betrieb.regelwerk.kalender_version is 'Version des Stichtagskalenders.';
comment on column betrieb.regelwerk.validierung_version is 'Version der Schwellen für Urteile.';
comment on column betrieb.regelwerk.regelpaket_version is 'SHA-256 über die Prüfregeln in expectations/.';
comment on column betrieb.regelwerk.schwelle_minuten is 'Ab so vielen Minuten Teilnahme ist eine Teilnahme zählbar; leer: Schwelle abgeschaltet.';
comment on column betrieb.regelwerk.aktiv_tage is 'Zeitraum für "davon aktiv" in Tagen; leer: abgeschaltet.';
comment on column betrieb.regelwerk.vorlaeufig_monate is 'So viele ganze Monate nach Monatsende ist eine Figur vorläufig.';
comment on column betrieb.regelwerk.stichtag_ersatzregel is 'Stichtag für Monate ohne Eintrag im Kalender.';

create table betrieb.schluessel (
    schluessel_id text primary key,
    pruefwert bytea not null check (octet_length(pruefwert) = 16),
    aktiv boolean not null,
    bekannt_seit timestamptz not null default now()
);
comment on table betrieb.schluessel is 'Kennungen der Schlüssel, mit denen dieses Lager befüllt wurde. Der Schlüssel selbst steht hier nie.';
comment on column betrieb.schluessel.schluessel_id is 'Kennung im Schlüsselbund.';
comment on column betrieb.schluessel.pruefwert is 'Beweist den Schlüssel, ohne ihn zu verraten (16 Byte HMAC-SHA-256).';
comment on column betrieb.schluessel.aktiv is 'Ob neue Token mit diesem Schlüssel gebildet werden.';
comment on column betrieb.schluessel.bekannt_seit is 'Seit wann das Lager den Schlüssel kennt.';

create table betrieb.lieferung (
    lieferung_nr integer generated always as identity primary key,
    lieferung_id text not null unique,
    profil text not null,
    vorhaben_id text,
    tvp_id text,
    zeitraum_von date,
    zeitraum_bis date,
    version integer,
    umfang text check (umfang in ('voll', 'zuwachs')),
    status text not null check (status in ('gefunden', 'geladen', 'angehalten', 'abgelehnt', 'fehlgeschlagen')),
    urteil text check (urteil in ('angenommen', 'angenommen_mit_befunden', 'angehalten', 'abgelehnt')),
    gruende text[] not null default '{}',
    nachladen boolean not null default false,
    gefunden_lauf integer not null references betrieb.lauf (lauf_id),
    beurteilt_lauf integer references betrieb.lauf (lauf_id),
    geladen_lauf integer references betrieb.lauf (lauf_id),
    beurteilt_regelwerk_nr integer references betrieb.regelwerk (regelwerk_nr),
    fehlerart text
);
create index lieferung_umfang_ix on betrieb.lieferung (vorhaben_id, tvp_id, zeitraum_bis, version);
comment on table betrieb.lieferung is 'Eine Lieferung, kenntlich nur an ihrem Inhalt; Datei-, Blatt- und Spaltennamen stehen hier nie.';
comment on column betrieb.lieferung.lieferung_nr is 'Laufende Nummer.';
comment on column betrieb.lieferung.lieferung_id is 'Fingerabdruck des Inhalts.';
comment on column betrieb.lieferung.profil is 'Profil der Site, nach dem sie gelesen wurde.';
comment on column betrieb.lieferung.vorhaben_id is 'Vorhaben; leer, wenn die Site es nicht kennt.';
comment on column betrieb.lieferung.tvp_id is 'Teilvorhabenpartner; leer, wenn die Site ihn nicht kennt.';
comment on column betrieb.lieferung.zeitraum_von is 'Erster Tag des Lieferzeitraums.';
comment on column betrieb.lieferung.zeitraum_bis is 'Letzter Tag des Lieferzeitraums.';
comment on column betrieb.lieferung.version is 'Version; die höhere gewinnt bei gleichem Ende. Freigabe einer zweiten Datei für denselben Umfang vergibt die nächste.';
comment on column betrieb.lieferung.umfang is 'voll: was fehlt, wird geschlossen; zuwachs: schließt nichts.';
comment on column betrieb.lieferung.status is 'gefunden, geladen, angehalten (ein Mensch muss entscheiden), abgelehnt oder fehlgeschlagen (am System, nächste Nacht wieder).';
comment on column betrieb.lieferung.urteil is 'Urteil der Prüfung.';
comment on column betrieb.lieferung.gruende is 'Regeln, die das Urteil entschieden.';
comment on column betrieb.lieferung.nachladen is 'Ob Zeilen auf ihre Teilnahme warten; dann wird nach der nächsten Lieferung dieses Partners nachgeladen.';
comment on column betrieb.lieferung.gefunden_lauf is 'Lauf, der sie zuerst fand.';
comment on column betrieb.lieferung.beurteilt_lauf is 'Lauf des letzten Urteils.';
comment on column betrieb.lieferung.geladen_lauf is 'Lauf, der sie zuletzt lud; leer, wenn sie nie geladen wurde.';
comment on column betrieb.lieferung.beurteilt_regelwerk_nr is 'Regelwerk des letzten Urteils; bei anderem Regelwerk werden angehaltene und abgelehnte neu beurteilt.';
comment on column betrieb.lieferung.fehlerart is 'Art des Systemfehlers, ohne Werte der Lieferung.';

create table betrieb.eingang (
    lauf_id integer not null references betrieb.lauf (lauf_id),
    lieferung_nr integer not null references betrieb.lieferung (lieferung_nr),
    stapel integer,
    anzahl integer not null check (anzahl > 0),
    primary key (lauf_id, lieferung_nr)
);
comment on table betrieb.eingang is 'Welche Lieferung in welchem Lauf im Eingang lag.';
comment on column betrieb.eingang.lauf_id is 'Lauf.';
comment on column betrieb.eingang.lieferung_nr is 'Lieferung.';
comment on column betrieb.eingang.stapel is 'Stapel, in dem sie verarbeitet wird; leer, wenn sie schon fertig war.';
comment on column betrieb.eingang.anzahl is 'Wie oft derselbe Inhalt im Eingang lag.';

create table betrieb.bilanz (
    lieferung_nr integer not null references betrieb.lieferung (lieferung_nr),
    tabelle text not null,
    gefunden integer not null check (gefunden >= 0),
    neu integer not null check (neu >= 0),
    geaendert integer not null check (geaendert >= 0),
    unveraendert integer not null check (unveraendert >= 0),
    doppelt integer not null check (doppelt >= 0),
    ueberholt integer not null check (ueberholt >= 0),
    zurueckgewiesen integer not null check (zurueckgewiesen >= 0),
    zurueckgehalten integer not null check (zurueckgehalten >= 0),
    wartend integer not null check (wartend >= 0),
    abgelehnt integer not null check (abgelehnt >= 0),
    titelzeilen integer not null check (titelzeilen >= 0),
    summenzeilen integer not null check (summenzeilen >= 0),
    geschlossen integer not null check (geschlossen >= 0),
    lauf_id integer not null references betrieb.lauf (lauf_id),
    primary key (lieferung_nr, tabelle),
    constraint bilanz_geht_auf check (
        gefunden = neu + geaendert + unveraendert + doppelt + ueberholt + zurueckgewiesen + zurueckgehalten + wartend + abgelehnt
    )
);
comment on table betrieb.bilanz is 'Bilanz je Lieferung und Tabelle: jede gefundene Zeile hat genau ein Schicksal.';
comment on column betrieb.bilanz.lieferung_nr is 'Lieferung.';
comment on column betrieb.bilanz.tabelle is 'Kanonische Tabelle.';
comment on column betrieb.bilanz.gefunden is 'Zeilen, unabhängig vom Leser gezählt.';
comment on column betrieb.bilanz.neu is 'Neu im Lager.';
comment on column betrieb.bilanz.geaendert is 'Ersetzt eine frühere Fassung.';
comment on column betrieb.bilanz.unveraendert is 'Steht schon genau so im Lager.';
comment on column betrieb.bilanz.doppelt is 'Zweite und weitere gleiche Zeile derselben Lieferung.';
comment on column betrieb.bilanz.ueberholt is 'Eine höherrangige Lieferung weiß es besser.';
comment on column betrieb.bilanz.zurueckgewiesen is 'Von einer Regel zurückgewiesen.';
comment on column betrieb.bilanz.zurueckgehalten is 'Ohne Einwilligung, nicht geladen.';
comment on column betrieb.bilanz.wartend is 'Wartet auf eine Entscheidung oder auf die Teilnahme.';
comment on column betrieb.bilanz.abgelehnt is 'Teil einer abgelehnten Lieferung.';
comment on column betrieb.bilanz.titelzeilen is 'Titel-, Kopf- und Leerzeilen, kein Teil der Bilanz.';
comment on column betrieb.bilanz.summenzeilen is 'Summenzeilen, kein Teil der Bilanz.';
comment on column betrieb.bilanz.geschlossen is 'Zeilen des Lagers, die in der Lieferung fehlen und deshalb geschlossen wurden.';
comment on column betrieb.bilanz.lauf_id is 'Lauf, der die Bilanz schrieb.';

create table betrieb.befund (
    lieferung_nr integer not null references betrieb.lieferung (lieferung_nr),
    regel text not null,
    schwere text not null check (schwere in ('error', 'warning', 'notice')),
    tabelle text not null,
    feld text not null default '',
    anzahl integer not null check (anzahl > 0),
    erste_zeilen integer[] not null default '{}',
    primary key (lieferung_nr, regel, schwere, tabelle, feld)
);
comment on table betrieb.befund is 'Befunde je Lieferung, Regel und Feld als Anzahl; nie ein Wert.';
comment on column betrieb.befund.lieferung_nr is 'Lieferung.';
comment on column betrieb.befund.regel is 'Code der Regel (expectations/).';
comment on column betrieb.befund.schwere is 'error, warning oder notice.';
comment on column betrieb.befund.tabelle is 'Kanonische Tabelle.';
comment on column betrieb.befund.feld is 'Kanonisches Feld; leer, wenn der Befund die Zeile oder die Lieferung betrifft.';
comment on column betrieb.befund.anzahl is 'Anzahl der Treffer.';
comment on column betrieb.befund.erste_zeilen is 'Zeilennummern der ersten Treffer.';

create table betrieb.entscheidung (
    entscheidung_nr integer generated always as identity primary key,
    lieferung_nr integer not null references betrieb.lieferung (lieferung_nr),
    entscheidung text not null check (entscheidung in ('freigegeben', 'abgelehnt')),
    entschieden_von text not null,
    entschieden_am timestamptz not null default now(),
    grund text not null check (grund <> ''),
    version integer
);
comment on table betrieb.entscheidung is 'Entscheidungen von Menschen über angehaltene Lieferungen.';
comment on column betrieb.entscheidung.entscheidung_nr is 'Laufende Nummer; die höchste je Lieferung gilt.';
comment on column betrieb.entscheidung.lieferung_nr is 'Lieferung.';
comment on column betrieb.entscheidung.entscheidung is 'freigegeben oder abgelehnt.';
comment on column betrieb.entscheidung.entschieden_von is 'Funktion oder Kennung der entscheidenden Person.';
comment on column betrieb.entscheidung.entschieden_am is 'Zeitpunkt.';
comment on column betrieb.entscheidung.grund is 'Begründung.';
comment on column betrieb.entscheidung.version is 'Bei der Freigabe vergebene Version, wenn eine andere Lieferung denselben Umfang hat.';

create table betrieb.nicht_zugeordnet (
    lieferung_nr integer not null references betrieb.lieferung (lieferung_nr),
    code text not null,
    anzahl integer not null check (anzahl > 0),
    primary key (lieferung_nr, code)
);
comment on table betrieb.nicht_zugeordnet is 'Aktivitätscodes ohne Kategorie am Tag der Aktivität, je Lieferung: gezählt als "nicht zugeordnet", nie fallengelassen.';
comment on column betrieb.nicht_zugeordnet.lieferung_nr is 'Lieferung, deren Zeilen gelten.';
comment on column betrieb.nicht_zugeordnet.code is 'Aktivitätscode.';
comment on column betrieb.nicht_zugeordnet.anzahl is 'Anzahl geltender Zeilen mit diesem Code.';

create table kern.identitaet (
    identitaet_id bigint generated always as identity primary key,
    vorhaben_id text not null,
    tvp_id text not null
);
create index identitaet_partner_ix on kern.identitaet (vorhaben_id, tvp_id);
comment on table kern.identitaet is 'Eine Identität je Vorhaben × TVP × Teilnehmendennummer; die Zusammenführung ändert sie nie.';
comment on column kern.identitaet.identitaet_id is 'Undurchsichtige Nummer; Tatsachen tragen nur diese.';
comment on column kern.identitaet.vorhaben_id is 'Vorhaben.';
comment on column kern.identitaet.tvp_id is 'Teilvorhabenpartner.';

-- Bulk tables carry no foreign keys: one trigger per row would cost more than the load itself; sql/audits/ selects orphans.
create table abgleich.identitaet_token (
    identitaet_id bigint primary key,
    tn_token bytea not null unique,
    exakt_token bytea,
    geburtsdatum_voll boolean not null,
    schluessel_id text not null,
    normalisierer_version integer not null,
    zeitraum_bis date not null,
    version integer not null,
    lieferung_nr integer not null,
    geaendert_lauf integer not null
);
create index identitaet_token_exakt_ix on abgleich.identitaet_token (exakt_token);
comment on table abgleich.identitaet_token is 'Token einer Identität: woran sie wiedererkannt wird, und aus ihrer höchstrangigen Lieferung, mit wem sie zusammengehört.';
comment on column abgleich.identitaet_token.identitaet_id is 'Identität.';
comment on column abgleich.identitaet_token.tn_token is 'HMAC-SHA-256 über Vorhaben, TVP und Teilnehmendennummer.';
comment on column abgleich.identitaet_token.exakt_token is 'HMAC-SHA-256 über Nachname, Vorname und volles Geburtsdatum in Suchform; leer ohne volles Geburtsdatum.';
comment on column abgleich.identitaet_token.geburtsdatum_voll is 'Ob ein volles Geburtsdatum geliefert wurde (01.01. gilt nicht als voll).';
comment on column abgleich.identitaet_token.schluessel_id is 'Schlüssel, mit dem das Token gebildet wurde.';
comment on column abgleich.identitaet_token.normalisierer_version is 'Version der Normalisierung.';
comment on column abgleich.identitaet_token.zeitraum_bis is 'Rang der Lieferung: Ende ihres Zeitraums.';
comment on column abgleich.identitaet_token.version is 'Rang der Lieferung: ihre Version.';
comment on column abgleich.identitaet_token.lieferung_nr is 'Lieferung, aus der die Token stammen.';
comment on column abgleich.identitaet_token.geaendert_lauf is 'Lauf, in dem sich die Token zuletzt änderten.';

create table abgleich.widerruf (
    token bytea primary key,
    widerruf_am date not null
);
comment on table abgleich.widerruf is 'Widerrufe, gemerkt nur als Token und Tag, damit keine ältere Einwilligung auflebt.';
comment on column abgleich.widerruf.token is 'Token der Teilnehmendennummer oder, mit vollem Geburtsdatum, der Person.';
comment on column abgleich.widerruf.widerruf_am is 'Tag des Widerrufs.';

create table kern.person_zuordnung (
    identitaet_id bigint not null,
    person_id bigint not null,
    grund text not null check (grund in ('allein', 'exakt')),
    bekannt_von integer not null,
    bekannt_bis integer,
    primary key (identitaet_id, bekannt_von),
    check (bekannt_bis > bekannt_von)
);
create index person_zuordnung_person_ix on kern.person_zuordnung (person_id) where bekannt_bis is null;
comment on table kern.person_zuordnung is 'Wer eine Person ist: Identität → Person, datiert. Jede Zählung von Personen geht hier hindurch.';
comment on column kern.person_zuordnung.identitaet_id is 'Identität.';
comment on column kern.person_zuordnung.person_id is 'Person: kleinste Identität ihrer Gruppe.';
comment on column kern.person_zuordnung.grund is 'allein (keine andere Identität) oder exakt (gleiches Token mit vollem Geburtsdatum).';
comment on column kern.person_zuordnung.bekannt_von is 'Lauf, seit dem es bekannt ist.';
comment on column kern.person_zuordnung.bekannt_bis is 'Lauf, seit dem es nicht mehr gilt; leer: gilt.';

create table katalog.vorhaben (
    vorhaben_id text primary key,
    akronym text not null,
    foerderrunde text not null,
    land text not null,
    von date not null,
    bis date not null
);
comment on table katalog.vorhaben is 'Vorhaben der Site.';
comment on column katalog.vorhaben.vorhaben_id is 'Nummer des Vorhabens.';
comment on column katalog.vorhaben.akronym is 'Akronym.';
comment on column katalog.vorhaben.foerderrunde is 'Förderrunde, z. B. BIWAQ_V.';
comment on column katalog.vorhaben.land is 'Landesschlüssel, zwei Stellen.';
comment on column katalog.vorhaben.von is 'Beginn der Laufzeit.';
comment on column katalog.vorhaben.bis is 'Ende der Laufzeit.';

create table katalog.tvp (
    vorhaben_id text not null references katalog.vorhaben (vorhaben_id) on delete cascade,
    tvp_id text not null,
    name text not null,
    rhythmus text not null,
    von date not null,
    bis date not null,
    primary key (vorhaben_id, tvp_id)
);
comment on table katalog.tvp is 'Teilvorhabenpartner der Site, von denen Lieferungen erwartet werden.';
comment on column katalog.tvp.vorhaben_id is 'Vorhaben.';
comment on column katalog.tvp.tvp_id is 'Teilvorhabenpartner.';
comment on column katalog.tvp.name is 'Name der Einrichtung.';
comment on column katalog.tvp.rhythmus is 'Lieferrhythmus.';
comment on column katalog.tvp.von is 'Erwartet ab.';
comment on column katalog.tvp.bis is 'Erwartet bis.';

create table katalog.jobcenter (
    jobcenter_nr text primary key,
    name text not null,
    typ text not null check (typ in ('gE', 'zkT'))
);
comment on table katalog.jobcenter is 'Jobcenter der Site.';
comment on column katalog.jobcenter.jobcenter_nr is 'Nummer, fünf Stellen.';
comment on column katalog.jobcenter.name is 'Name.';
comment on column katalog.jobcenter.typ is 'gE (gemeinsame Einrichtung) oder zkT (zugelassener kommunaler Träger).';

create table katalog.quartier (
    vorhaben_id text not null references katalog.vorhaben (vorhaben_id) on delete cascade,
    quartier_id text not null,
    name text not null,
    jobcenter_nr text not null references katalog.jobcenter (jobcenter_nr),
    primary key (vorhaben_id, quartier_id)
);
comment on table katalog.quartier is 'Quartiere (Fördergebiete) eines Vorhabens.';
comment on column katalog.quartier.vorhaben_id is 'Vorhaben.';
comment on column katalog.quartier.quartier_id is 'Kennung des Quartiers.';
comment on column katalog.quartier.name is 'Name.';
comment on column katalog.quartier.jobcenter_nr is 'Jobcenter, dem das Quartier zugeordnet ist.';

create table katalog.aktivitaet_code (
    version text not null,
    code text not null,
    name text not null,
    tabelle text not null check (tabelle in ('aktivitaet', 'angebot')),
    gueltig_ab date not null,
    gueltig_bis date,
    primary key (version, code, gueltig_ab)
);
comment on table katalog.aktivitaet_code is 'Aktivitätenkatalog, je Version.';
comment on column katalog.aktivitaet_code.version is 'Version des Katalogs.';
comment on column katalog.aktivitaet_code.code is 'Code, z. B. C01.';
comment on column katalog.aktivitaet_code.name is 'Bezeichnung.';
comment on column katalog.aktivitaet_code.tabelle is 'Ob der Code bei Personen (aktivitaet) oder bei offenen Angeboten (angebot) vorkommt.';
comment on column katalog.aktivitaet_code.gueltig_ab is 'Gültig ab.';
comment on column katalog.aktivitaet_code.gueltig_bis is 'Gültig bis einschließlich; leer: unbegrenzt.';

create table katalog.kategorie (
    version text not null,
    kategorie text not null,
    name text not null,
    zaehleinheit text not null,
    analog text not null,
    gruppe text not null,
    primary key (version, kategorie)
);
comment on table katalog.kategorie is 'Zählbare Kategorien, je Version der Zuordnung.';
comment on column katalog.kategorie.version is 'Version der Zuordnung.';
comment on column katalog.kategorie.kategorie is 'Code der Kategorie, z. B. K-HEMM.';
comment on column katalog.kategorie.name is 'Bezeichnung in Berichten.';
comment on column katalog.kategorie.zaehleinheit is 'TN (Teilnahmen), PERS (Personen), EV (Ereignisse) oder keine.';
comment on column katalog.kategorie.analog is 'Nächstes Instrument der Regelförderung, nur zum Vergleich.';
comment on column katalog.kategorie.gruppe is 'Kategoriengruppe der Veröffentlichung.';

create table katalog.kategorie_zuordnung (
    version text not null,
    code text not null,
    kategorie text not null,
    gueltig_ab date not null,
    gueltig_bis date,
    primary key (version, code, gueltig_ab),
    foreign key (version, kategorie) references katalog.kategorie (version, kategorie)
);
comment on table katalog.kategorie_zuordnung is 'Was ein Aktivitätscode an einem Tag zählt, je Version der Zuordnung.';
comment on column katalog.kategorie_zuordnung.version is 'Version der Zuordnung.';
comment on column katalog.kategorie_zuordnung.code is 'Aktivitätscode.';
comment on column katalog.kategorie_zuordnung.kategorie is 'Kategorie.';
comment on column katalog.kategorie_zuordnung.gueltig_ab is 'Gültig ab.';
comment on column katalog.kategorie_zuordnung.gueltig_bis is 'Gültig bis einschließlich; leer: unbegrenzt.';

create table katalog.stichtag (
    version text not null,
    monat date not null check (extract(day from monat) = 1),
    stichtag date not null,
    quelle text not null,
    primary key (version, monat)
);
comment on table katalog.stichtag is 'Statistische Stichtage, je Version des Kalenders.';
comment on column katalog.stichtag.version is 'Version des Kalenders.';
comment on column katalog.stichtag.monat is 'Erster Tag des Berichtsmonats.';
comment on column katalog.stichtag.stichtag is 'Stichtag.';
comment on column katalog.stichtag.quelle is 'Woher der Termin stammt.';

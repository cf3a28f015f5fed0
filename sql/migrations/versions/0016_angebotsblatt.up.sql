-- Offers per Quartier: what the Angebotsblatt shows.

-- The one place that says what "wenige" is; the number of places is not in the view, so no output can show it.
create view bericht.angebotsblatt as
select
    q.jobcenter_nr,
    j.name as jobcenter_name,
    q.quartier_id as blatt_quartier_id,
    q.name as blatt_quartier_name,
    o.vorhaben_id,
    v.akronym as vorhaben_name,
    o.tvp_id,
    coalesce(t.name, o.tvp_id) as tvp_name,
    o.angebot_id,
    o.titel,
    o.kurztext,
    o.zielgruppe,
    o.quartier_id,
    e.name as quartier_name,
    o.quartier_id is not distinct from q.quartier_id as im_quartier,
    o.zeiten,
    o.naechster_start,
    case
        when o.plaetze_frei is null then 'unbekannt'
        when o.plaetze_frei = 0 then 'nein'
        when o.plaetze_frei <= 2 then 'wenige'
        else 'ja'
    end as freie_plaetze,
    o.sprache,
    o.kinderbetreuung,
    o.zugang,
    o.funktionskontakt,
    o.gueltig_bis,
    l.zeitraum_bis as stand_datum
from kern.verzeichnis as o
inner join betrieb.lieferung as l on o.lieferung_nr = l.lieferung_nr
left join katalog.vorhaben as v on o.vorhaben_id = v.vorhaben_id
left join katalog.tvp as t on o.vorhaben_id = t.vorhaben_id and o.tvp_id = t.tvp_id
left join katalog.quartier as e on o.vorhaben_id = e.vorhaben_id and o.quartier_id = e.quartier_id
left join katalog.quartier as q
    on o.vorhaben_id = q.vorhaben_id and (o.quartier_id = q.quartier_id or e.quartier_id is null)
left join katalog.jobcenter as j on q.jobcenter_nr = j.jobcenter_nr
where o.bekannt_bis is null;
comment on view bericht.angebotsblatt is 'Was auf den Angebotsblättern steht: je Blatt (Quartier) und Angebot eine Zeile, auch abgelaufene Angebote (gueltig_bis). Ein Angebot ohne Quartier, außerhalb oder mit einem Quartier, das die Site nicht kennt, steht auf den Blättern aller Quartiere seines Vorhabens. Keine Personen, keine Zahl der Plätze: darf an Jobcenter.';
comment on column bericht.angebotsblatt.jobcenter_nr is 'Jobcenter des Blatts; leer, wenn das Vorhaben kein Quartier hat und das Angebot auf keinem Blatt steht.';
comment on column bericht.angebotsblatt.jobcenter_name is 'Name des Jobcenters.';
comment on column bericht.angebotsblatt.blatt_quartier_id is 'Quartier, für das das Blatt ist.';
comment on column bericht.angebotsblatt.blatt_quartier_name is 'Name dieses Quartiers.';
comment on column bericht.angebotsblatt.vorhaben_id is 'Vorhaben.';
comment on column bericht.angebotsblatt.vorhaben_name is 'Akronym des Vorhabens.';
comment on column bericht.angebotsblatt.tvp_id is 'Teilvorhabenpartner.';
comment on column bericht.angebotsblatt.tvp_name is 'Name der Einrichtung; ihr Kurzzeichen, wenn die Site sie nicht mehr kennt.';
comment on column bericht.angebotsblatt.angebot_id is 'Kennung des Angebots.';
comment on column bericht.angebotsblatt.titel is 'Name des Angebots.';
comment on column bericht.angebotsblatt.kurztext is 'Ein bis zwei Sätze für die Integrationsfachkraft.';
comment on column bericht.angebotsblatt.zielgruppe is 'Für wen das Angebot gedacht ist.';
comment on column bericht.angebotsblatt.quartier_id is 'Quartier, in dem das Angebot stattfindet, wie geliefert; leer: nicht angegeben.';
comment on column bericht.angebotsblatt.quartier_name is 'Name dieses Quartiers; leer: außerhalb, nicht angegeben oder der Site unbekannt.';
comment on column bericht.angebotsblatt.im_quartier is 'Ob das Angebot im Quartier des Blatts stattfindet.';
comment on column bericht.angebotsblatt.zeiten is 'Wochentage und Uhrzeiten.';
comment on column bericht.angebotsblatt.naechster_start is 'Nächster Beginn, wie geliefert; leer: Einstieg jederzeit möglich.';
comment on column bericht.angebotsblatt.freie_plaetze is 'ja (drei oder mehr), wenige (einer oder zwei), nein (keiner) oder unbekannt (nicht angegeben); nie die Zahl.';
comment on column bericht.angebotsblatt.sprache is 'Sprachen, in denen das Angebot stattfindet oder unterstützt wird.';
comment on column bericht.angebotsblatt.kinderbetreuung is 'Ob während des Angebots Kinder betreut werden: j, n oder u.';
comment on column bericht.angebotsblatt.zugang is 'Wie man hineinkommt (Code des Datenvertrags).';
comment on column bericht.angebotsblatt.funktionskontakt is 'Funktion, Sammeltelefon oder Sammelpostfach. Keine Namen von Personen.';
comment on column bericht.angebotsblatt.gueltig_bis is 'Bis wann die Angaben stimmen; danach steht das Angebot auf keinem Blatt mehr.';
comment on column bericht.angebotsblatt.stand_datum is 'Letzter Tag des Zeitraums der Lieferung, die diese Angaben zuletzt belegte.';

grant select on bericht.angebotsblatt to zaehlbar_lader, zaehlbar_qualitaet;

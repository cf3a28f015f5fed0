drop view bericht.angebotsblatt;

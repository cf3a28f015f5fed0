"""The Angebotsblatt: what is on offer in a Quartier, for Integrationsfachkräfte; and the same as data for an intranet.

Belongs here: choosing, wording and writing offers. Does not belong here: anything counted, anything of persons: that is
why these files are not marked intern and go to Jobcenters directly. The number of places is in no output, only whether
some are free (ja, wenige, nein); `bericht.angebotsblatt` says what "wenige" is.

Nothing heavy is imported at this level: the command line imports the room at start-up.
"""

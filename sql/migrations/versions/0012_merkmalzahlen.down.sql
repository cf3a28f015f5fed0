-- Who takes part and what happened, counted one feature at a time, and events.
drop table zahl.ereigniszahl;
drop table zahl.angabenzahl;

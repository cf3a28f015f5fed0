"""Zählbar: participation in BIWAQ projects, countable for Jobcenters.

One room per stage, in the order of the data: contract, site, ingest, validate, pseudonymize, load, identify,
categorize, count, publish. Imports run one way, in that order; `docs/architektur.md` says what belongs in which room.
"""

__version__ = "0.1.0"

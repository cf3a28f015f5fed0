"""The warehouse: where it runs, how to reach it, its schema's version, its lock, its copies.

Belongs here: starting the embedded PostgreSQL, connecting to any PostgreSQL, migrations, load lock, dump and restore.
Does not belong here: what the tables mean and what is written into them (load and the rooms after it, `sql/`).

Nothing is imported at this level: the base install (without the extra `[server]`) must be able to import the package.
"""

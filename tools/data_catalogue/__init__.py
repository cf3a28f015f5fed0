"""`docs/datenkatalog.md` and `docs/fragen.md`: what is in the warehouse, where it comes from, what it answers.

Belongs here: reading the structure of a migrated database, lineage of columns, the two pages. Does not belong here: any
meaning of its own: names and meanings are the database's comments, questions and answers are in `sql/fragen/`.
"""

"""Pairs of identities that agree in a Merkmal, and what the rules say about each; kept, and renewed where needed.

Belongs here: `abgleich.paar` and `abgleich.haeufig` as a pure function of the current Merkmale and rules. Does not
belong here: persons, decisions.

Renewed are the pairs of identities whose Merkmale changed, and of those that share a Merkmal which became too common,
or is so no longer. Tables are joined by hash over the whole column: there is no index on any token.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from zaehlbar.identify.rules import agreement_columns, fingerprint, full_birth_date, rule_columns
from zaehlbar.pseudonymize import KINDS, NORMALIZER_VERSION
from zaehlbar.site import MatchFile

_AGREEMENTS = ", ".join(f"{kind}_gleich" for kind in KINDS)
PAIR_COLUMNS = (
    f"identitaet_a, identitaet_b, normalisierer_version, {_AGREEMENTS}, geburtsdatum, derselbe_partner, regel, wirkung"
)


MANY = 1000
"""So many changed identities may be a large part of all: plans made before them would not fit."""


def update_pairs(connection: Connection, lauf_id: int, rules: MatchFile) -> None:
    """Bring `abgleich.paar` to the current Merkmale and rules; from scratch when the rules have changed."""
    oldest = _drop_older_versions(connection)
    stored = connection.execute(text("select regeln_sha256 from abgleich.stand")).scalar_one_or_none()
    wanted = fingerprint(rules)
    whole = stored != wanted
    _mark(connection, whole)
    for kind in KINDS:
        _group(connection, kind, rules.hoechstens_je_merkmal, whole)
    connection.execute(text("analyze i_geaendert"))
    if not whole:
        connection.execute(text(_DROP_PAIRS))
    connection.execute(text("create temporary table i_kandidat (a bigint, b bigint, version smallint) on commit drop"))
    for kind in KINDS:
        _meet(connection, kind, whole)
    connection.execute(text("analyze i_kandidat"))
    connection.execute(
        text(f"""
            insert into abgleich.paar ({PAIR_COLUMNS}, bewertet_lauf)
            select {PAIR_COLUMNS}, :lauf_id
            from ({_compared("select distinct a, b, version from i_kandidat", rules, oldest < NORMALIZER_VERSION)}) as v
            where regel is not null
            order by identitaet_a, identitaet_b
            """),
        {"lauf_id": lauf_id},
    )
    connection.execute(text("drop table i_geaendert, i_kandidat"))
    connection.execute(text("delete from abgleich.ausstehend"))
    connection.execute(
        text("""
            insert into abgleich.stand (aelteste_version, regeln_sha256) values (:oldest, :sha256)
            on conflict (einzig) do update
            set aelteste_version = excluded.aelteste_version, regeln_sha256 = excluded.regeln_sha256
            where (stand.aelteste_version, stand.regeln_sha256)
                is distinct from (excluded.aelteste_version, excluded.regeln_sha256)
            """),
        {"oldest": oldest, "sha256": wanted},
    )


def compare(connection: Connection, one: int, other: int, rules: MatchFile) -> dict[str, object] | None:
    """Return the pair as it would be stored, whether or not it is; None when no normaliser version knows both."""
    a, b = sorted((one, other))
    source = """
        select p.identitaet_id as a, q.identitaet_id as b, max(p.normalisierer_version) as version
        from abgleich.merkmal as p
        inner join abgleich.merkmal as q on p.normalisierer_version = q.normalisierer_version
        where p.identitaet_id = :a and q.identitaet_id = :b
        group by p.identitaet_id, q.identitaet_id
    """
    row = connection.execute(text(_compared(source, rules, several=False)), {"a": a, "b": b}).mappings().one_or_none()
    return None if row is None else dict(row)


def _drop_older_versions(connection: Connection) -> int:
    """Delete Merkmale of older normaliser versions once every identity has the newest; return the oldest left."""
    query = text("select min(normalisierer_version) from abgleich.merkmal")
    oldest = connection.execute(query).scalar_one()
    if oldest is None or oldest >= NORMALIZER_VERSION:
        return NORMALIZER_VERSION
    waiting = connection.execute(
        text("""
            select exists (
                select from abgleich.merkmal group by identitaet_id having max(normalisierer_version) < :newest
            )
            """),
        {"newest": NORMALIZER_VERSION},
    ).scalar_one()
    if waiting:
        return int(oldest)
    for table in ("merkmal", "haeufig"):
        statement = f"delete from abgleich.{table} where normalisierer_version < :newest"
        connection.execute(text(statement), {"newest": NORMALIZER_VERSION})
    return NORMALIZER_VERSION


def _mark(connection: Connection, whole: bool) -> None:
    """Make `i_geaendert`, the identities whose pairs are renewed."""
    source = "abgleich.merkmal" if whole else "abgleich.ausstehend"
    connection.execute(
        text(f"create temporary table i_geaendert on commit drop as select distinct identitaet_id from {source}")
    )
    connection.execute(text("alter table i_geaendert add primary key (identitaet_id)"))
    connection.execute(text("analyze i_geaendert"))
    count = connection.execute(text("select count(*) from i_geaendert")).scalar_one()
    if count > MANY:
        for table in ("abgleich.merkmal", "kern.identitaet"):
            connection.execute(text(f"analyze {table}"))
    if whole:
        connection.execute(text("delete from abgleich.paar"))
        connection.execute(text("delete from abgleich.haeufig"))


def _group(connection: Connection, kind: str, limit: int, whole: bool) -> None:
    """Make `i_gruppe_<kind>`, the shared tokens with their number of identities, and renew `abgleich.haeufig` by it.

    Whole: of all tokens. Otherwise of those that may have crossed the limit: tokens of changed identities, and of those
    that share a too common one.
    """
    token, groups = f"{kind}_token", f"i_gruppe_{kind}"
    touched = f"""
        and (normalisierer_version, {token}) in (
            select m.normalisierer_version, m.{token}
            from abgleich.merkmal as m inner join i_geaendert as g on m.identitaet_id = g.identitaet_id
            union
            select m.normalisierer_version, m.{token}
            from abgleich.merkmal as m
            inner join abgleich.haeufig as h
                on h.art = :kind and m.identitaet_id = h.identitaet_id
                and m.normalisierer_version = h.normalisierer_version
        )
    """
    connection.execute(
        text(f"""
            create temporary table {groups} on commit drop as
            select normalisierer_version, {token} as token, count(*) > :limit as zu_haeufig
            from abgleich.merkmal
            where {token} is not null {"" if whole else touched}
            group by normalisierer_version, {token}
            having count(*) > 1
            """),
        {"limit": limit} if whole else {"limit": limit, "kind": kind},
    )
    connection.execute(text(f"analyze {groups}"))
    values = {"kind": kind}
    too_common = f"""
        select exists (select from {groups} where zu_haeufig) or exists (select from abgleich.haeufig where art = :kind)
    """
    if connection.execute(text(too_common), values).scalar_one():
        _renew_too_common(connection, kind, groups)


def _renew_too_common(connection: Connection, kind: str, groups: str) -> None:
    """Bring `abgleich.haeufig` to the groups; whoever came to such a group or left it joins the changed identities.

    Those are the changed ones themselves, and all members of groups that became too common, or are so no longer.
    """
    connection.execute(
        text(f"""
            create temporary table i_mitglied on commit drop as
            select m.identitaet_id, m.normalisierer_version
            from abgleich.merkmal as m
            inner join {groups} as i
                on i.zu_haeufig and m.normalisierer_version = i.normalisierer_version and m.{kind}_token = i.token
            """)
    )
    connection.execute(
        text("""
            with gegangen as (
                delete from abgleich.haeufig as h
                where h.art = :kind and not exists (
                    select from i_mitglied as n
                    where n.identitaet_id = h.identitaet_id and n.normalisierer_version = h.normalisierer_version
                )
                returning h.identitaet_id
            ),
            gekommen as (
                insert into abgleich.haeufig (art, identitaet_id, normalisierer_version)
                select :kind, identitaet_id, normalisierer_version
                from i_mitglied
                order by identitaet_id, normalisierer_version
                on conflict do nothing
                returning identitaet_id
            )
            insert into i_geaendert
            select identitaet_id from gegangen
            union
            select identitaet_id from gekommen
            on conflict do nothing
            """),
        {"kind": kind},
    )
    connection.execute(text("drop table i_mitglied"))


def _meet(connection: Connection, kind: str, whole: bool) -> None:
    """Add the pairs that share a token of this kind which is not too common, one of them to be renewed."""
    token, groups = f"{kind}_token", f"i_gruppe_{kind}"
    # Whole: the groups are known already. Otherwise identities joined the changed ones after their groups were counted.
    shared = f"select normalisierer_version, token from {groups} where not zu_haeufig"
    own = f"""
        select m.normalisierer_version, m.{token} as token
        from abgleich.merkmal as m inner join i_geaendert as g on m.identitaet_id = g.identitaet_id
        where m.{token} is not null
        except
        select normalisierer_version, token from {groups} where zu_haeufig
    """
    connection.execute(
        text(f"""
            create temporary table i_treffen on commit drop as
            select m.identitaet_id, m.normalisierer_version as version, m.{token} as token
            from abgleich.merkmal as m
            inner join ({shared if whole else own}) as i
                on m.normalisierer_version = i.normalisierer_version and m.{token} = i.token
            """)
    )
    connection.execute(text("analyze i_treffen"))
    renewed = "" if whole else "inner join i_geaendert as g on g.identitaet_id = x.identitaet_id"
    order = "x.identitaet_id < y.identitaet_id" if whole else "x.identitaet_id <> y.identitaet_id"
    connection.execute(
        text(f"""
            insert into i_kandidat
            select least(x.identitaet_id, y.identitaet_id), greatest(x.identitaet_id, y.identitaet_id), x.version
            from i_treffen as x
            {renewed}
            inner join i_treffen as y on x.version = y.version and x.token = y.token and {order}
            """)
    )
    connection.execute(text(f"drop table i_treffen, {groups}"))


def _compared(source: str, rules: MatchFile, several: bool) -> str:
    """Return a query that compares the pairs (a, b, version) of `source`.

    `several`: there are Merkmale of several normaliser versions; a pair that met under an older one than the newest
    that knows both is left out.
    """
    newest = """
        where not exists (
            select
            from abgleich.merkmal as p
            inner join abgleich.merkmal as q on p.normalisierer_version = q.normalisierer_version
            where p.identitaet_id = k.a and q.identitaet_id = k.b
                and p.normalisierer_version > k.version
        )
    """
    return f"""
        select v.*, {rule_columns(rules, "v")}
        from (
            select
                k.a as identitaet_a,
                k.b as identitaet_b,
                m.normalisierer_version,
                {agreement_columns("m", "n")},
                case {full_birth_date("m")}::integer + {full_birth_date("n")}::integer
                    when 2 then 'beide_voll' when 1 then 'eines_fehlt' else 'beide_fehlen'
                end as geburtsdatum,
                (i.vorhaben_id, i.tvp_id) = (j.vorhaben_id, j.tvp_id) as derselbe_partner
            from ({source}) as k
            inner join abgleich.merkmal as m on k.a = m.identitaet_id and k.version = m.normalisierer_version
            inner join abgleich.merkmal as n on k.b = n.identitaet_id and k.version = n.normalisierer_version
            inner join kern.identitaet as i on i.identitaet_id = k.a
            inner join kern.identitaet as j on j.identitaet_id = k.b
            {newest if several else ""}
            offset 0  -- what agrees is worked out once, not once per rule
        ) as v
    """


_DROP_PAIRS = """
    delete from abgleich.paar
    where identitaet_a in (select identitaet_id from i_geaendert)
        or identitaet_b in (select identitaet_id from i_geaendert)
"""

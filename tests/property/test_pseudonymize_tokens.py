"""Laws of tokens: equal exactly where the identity is, different for every purpose and key, blind to composition."""

from __future__ import annotations

import hmac
import unicodedata
from datetime import date, timedelta

import numpy as np
from hypothesis import given, settings, strategies as st
from tests.support.pseudonymize import KEYS, SCOPE, canonical_table

from zaehlbar.pseudonymize import KeyRing, Purpose
from zaehlbar.pseudonymize.columns import codes_of, pack
from zaehlbar.pseudonymize.keyed import hmac_sha256
from zaehlbar.pseudonymize.merkmale import exact_column
from zaehlbar.pseudonymize.normalize import search_form
from zaehlbar.pseudonymize.parts import parts_of
from zaehlbar.pseudonymize.tokens import canonical, joined, tn_tokens

# Spellings that meet in search form, that shift the boundary between the names, and that are no name at all.
NAMES = st.sampled_from(
    [
        *("Müller", "Mueller", "Mu\u0308ller", "MÜLLER", "Muller", "Anna", "Anna Lena", "Anna-Lena", "Lena", "Annal"),
        *("Ena", "Ana", "1", "11", "1:1", "-", "", None, "Ольга", "ОЛЬГА"),
    ]
) | st.text(max_size=8)
DATES = (
    st.none() | st.dates(date(1950, 1, 1), date(2010, 12, 31)) | st.sampled_from([date(1980, 1, 1), date(1980, 1, 2)])
)
IDENTITIES = st.lists(st.tuples(NAMES, NAMES, DATES), min_size=1, max_size=12)


def identity(last: str | None, first: str | None, birth: date | None) -> tuple[str, str, date] | None:
    """The slow, obvious rule."""
    forms = (search_form(last or ""), search_form(first or ""))
    if not all(forms) or birth is None or (birth.month, birth.day) == (1, 1):
        return None
    return (*forms, birth)


def tokens(
    keys: KeyRing, identities: list[tuple[str | None, str | None, date | None]], version: int = 1
) -> list[bytes | None]:
    rows = [{"nachname": last, "vorname": first, "geburtsdatum": birth} for last, first, birth in identities]
    parts = parts_of(canonical_table("teilnahme", rows), version)
    found: list[bytes | None] = exact_column(keys, version, parts, np.arange(len(rows))).to_pylist()
    # The number that groups rows before anything is hashed says the same.
    numbers = parts.identity.tolist()
    assert [number < 0 for number in numbers] == [token is None for token in found]
    assert len(set(zip(numbers, found, strict=True))) == len(set(found)) == len(set(numbers))
    return found


@given(IDENTITIES)
def test_exact_tokens_are_equal_exactly_where_the_normalized_identity_is(
    identities: list[tuple[str | None, str | None, date | None]],
) -> None:
    found = tokens(KEYS, identities)
    expected = [identity(*one) for one in identities]
    for token, one in zip(found, expected, strict=True):
        assert (token is None) == (one is None)
        for other_token, other in zip(found, expected, strict=True):
            assert (token == other_token) == (one == other)


@given(IDENTITIES)
def test_an_exact_token_is_the_hmac_of_names_and_birth_date(
    identities: list[tuple[str | None, str | None, date | None]],
) -> None:
    """What it is made of never changes: stored tokens must be met again in years."""
    for token, one in zip(tokens(KEYS, identities), (identity(*item) for item in identities), strict=True):
        if one is not None:
            message = joined(one[:2]) + one[2].isoformat()
            assert token == hmac.digest(KEYS.derive(Purpose.ABGLEICH), message.encode(), "sha256")


@given(st.text(max_size=5), st.text(max_size=5), st.text(max_size=9))
def test_a_tn_token_is_the_hmac_of_scope_and_number(vorhaben_id: str, tvp_id: str, tn_nr: str) -> None:
    message = joined((canonical(vorhaben_id), canonical(tvp_id))) + canonical(tn_nr)
    digest = hmac.digest(KEYS.derive(Purpose.TN_NR), message.encode(), "sha256")
    assert tn_tokens(KEYS, vorhaben_id, tvp_id, [canonical(tn_nr)]).tobytes() == digest


@given(IDENTITIES, st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=5, unique=True))
def test_tokens_differ_between_purposes_keys_and_partners(
    identities: list[tuple[str | None, str | None, date | None]], tn_nrs: list[str]
) -> None:
    other = KeyRing("k2", {"k2": bytes(32)})
    exact = {one for one in tokens(KEYS, identities) if one}
    exact_other = {one for one in tokens(other, identities) if one}
    numbers = [
        {digest.tobytes() for digest in tn_tokens(keys, vorhaben_id, tvp_id, tn_nrs)}
        for keys, vorhaben_id, tvp_id in [
            (KEYS, "V1", "T1"),
            (other, "V1", "T1"),
            (KEYS, "V1", "T2"),
            (KEYS, "V2", "T1"),
            (KEYS, "V1T", "1"),  # the boundary between the ids counts
        ]
    ]
    assert all(len(one) == len(tn_nrs) for one in numbers)
    everything = [exact, exact_other, *numbers]
    assert len(set().union(*everything)) == sum(map(len, everything))


@given(st.text(max_size=20))
def test_the_composition_of_a_letter_does_not_count(text: str) -> None:
    composed, apart = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    assert search_form(composed) == search_form(apart) == search_form(text)
    both = tn_tokens(KEYS, SCOPE.vorhaben_id, SCOPE.tvp_id, [canonical(composed), canonical(apart)])
    assert both[0].tobytes() == both[1].tobytes()


@given(st.text(max_size=20))
def test_a_search_form_has_no_signs_and_can_be_encoded(text: str) -> None:
    form = search_form(text)
    assert form.encode("utf-8") is not None
    assert all(unicodedata.category(sign)[0] in "LN" for sign in form)


@given(st.binary(max_size=64), st.lists(st.binary(max_size=200), max_size=5))
def test_our_hmac_is_that_of_the_standard_library(key: bytes, messages: list[bytes]) -> None:
    assert hmac_sha256(key, messages).tobytes() == b"".join(hmac.digest(key, one, "sha256") for one in messages)


@given(st.lists(st.tuples(st.text(max_size=3), st.text(max_size=3)), min_size=2, max_size=6, unique=True))
def test_joined_fields_keep_their_boundaries(fields: list[tuple[str, str]]) -> None:
    assert len({joined(one) for one in fields}) == len(fields)


ROWS = st.lists(
    st.tuples(
        st.none() | st.sampled_from(["C01", "C02", ""]),
        st.none() | st.sampled_from([date(2026, 1, 1) + timedelta(days=day) for day in (0, 1, 400)]),
        st.none() | st.integers(-(2**31), 2**31 - 1) | st.integers(0, 2),
    ),
    min_size=1,
    max_size=12,
)


@given(ROWS)
@settings(max_examples=200)
def test_packed_rows_are_equal_exactly_where_the_rows_are(
    rows: list[tuple[str | None, date | None, int | None]],
) -> None:
    names = ("aktivitaet_code", "datum", "dauer_min")
    table = canonical_table("aktivitaet", [dict(zip(names, row, strict=True)) for row in rows])
    # Three times over, so that the product of sizes leaves 64 bits and has to be made dense in between.
    packed = pack([codes_of(table[name]) for name in names * 3])
    first = {row: at for at, row in reversed(list(enumerate(rows)))}
    firsts = np.array([first[row] for row in rows])
    assert ((packed[:, None] == packed[None, :]) == (firsts[:, None] == firsts[None, :])).all()


def test_packing_never_leaves_64_bits() -> None:
    nothing = np.zeros(2, dtype=np.int64)
    packed = pack([(np.array([0, 1]), 2**32), (nothing, 2**32), (nothing, 2**32)])
    assert packed[0] != packed[1]

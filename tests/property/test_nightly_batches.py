"""How a night's deliveries are put into batches that Airflow works on side by side."""

from hypothesis import example, given, strategies as st

from zaehlbar.nightly.plan import in_batches

DUE = st.lists(st.sampled_from([*"abcdefgh", *(f"partner{n}" for n in range(120))]), max_size=600).map(
    lambda folders: dict(enumerate(folders, start=1))
)


@given(DUE)
def test_every_delivery_has_a_batch_and_a_partner_only_one(due):
    batches = in_batches(due)
    assert batches.keys() == due.keys()
    assert len({(folder, batches[nr]) for nr, folder in due.items()}) == len(set(due.values()))


@given(DUE)
@example(dict.fromkeys(range(20), "one partner"))
@example({nr: str(nr // 9) for nr in range(1500)})
def test_batches_are_numbered_without_gaps_and_never_more_than_64(due):
    numbers = set(in_batches(due).values())
    assert numbers == set(range(len(numbers)))
    assert len(numbers) <= 64


@given(st.integers(1, 2000))
def test_waiting_deliveries_of_many_partners_spread_over_the_batches(number):
    sizes = {}
    for batch in in_batches({nr: str(nr) for nr in range(number)}).values():
        sizes[batch] = sizes.get(batch, 0) + 1
    assert max(sizes.values()) <= max(8, -(-number // 31))

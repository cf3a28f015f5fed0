"""What is left of persons when one of their identities was never there."""

from __future__ import annotations

from zaehlbar.load.untangle import FOREVER, Span, joined, without


def _left(spans: list[Span], gone: int) -> list[Span]:
    named = {span.person for span in spans if span.identity == gone}
    others = [span for span in spans if span.identity != gone]
    return list(joined([*(span for span in others if span.person not in named), *without(others, named)]))


def test_who_was_one_with_the_removed_only_was_always_alone() -> None:
    spans = [
        Span(1, 1, "exakt", 3, FOREVER),
        Span(2, 2, "allein", 1, 3),
        Span(2, 1, "exakt", 3, 5),
        Span(2, 2, "allein", 5, FOREVER),
    ]
    assert _left(spans, 1) == [Span(2, 2, "allein", 1, FOREVER)]


def test_who_was_one_with_others_too_stays_so_under_the_smallest_that_is_left() -> None:
    spans = [Span(1, 1, "regel", 1, 4), Span(2, 1, "regel", 1, 4), Span(3, 1, "regel", 2, 4)]
    assert _left(spans, 1) == [
        Span(2, 2, "allein", 1, 2),
        Span(2, 2, "regel", 2, 4),
        Span(3, 2, "regel", 2, 4),
    ]


def test_who_never_met_the_removed_stays_as_it_was() -> None:
    spans = [Span(1, 1, "allein", 1, FOREVER), Span(2, 2, "exakt", 1, 7), Span(3, 2, "exakt", 1, FOREVER)]
    assert _left(spans, 1) == spans[1:]

"""What may be told: cells of few, sums that would give them away, and words that name somebody."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datamap.trends import OTHER, Cell
from trends import rules


def told(cells, *, is_open=(False,), fewest=10, round_to=1):
    made = [Cell(values if isinstance(values, tuple) else (values,), count, people) for values, count, people in cells]
    table = rules.told(made, is_open=is_open, fewest=fewest, round_to=round_to)
    return {cell.values if len(cell.values) > 1 else cell.values[0]: cell.count for cell in table.cells}, table.total


@pytest.mark.promise("P024")
@pytest.mark.parametrize(
    ("cells", "shown", "total"),
    [
        # Nothing is hidden at the threshold, and something one below.
        ([("a", 10, 10), ("b", 30, 30)], {"a": 10, "b": 30}, 40),
        # One hidden cell alone could be reckoned from the total: the smallest other one is hidden with it.
        ([("a", 9, 9), ("b", 30, 30), ("c", 40, 40)], {"a": None, "b": None, "c": 40}, 79),
        # Two hidden cells, of too few together: a third.
        ([("a", 1, 1), ("b", 2, 2), ("c", 30, 30), ("d", 40, 40)], {"a": None, "b": None, "c": None, "d": 40}, 73),
        # Two hidden cells of enough people together.
        ([("a", 5, 5), ("b", 6, 6), ("c", 30, 30)], {"a": None, "b": None, "c": 30}, 41),
        # Many visits of one network are those of one.
        ([("a", 500, 1), ("b", 30, 30), ("c", 40, 40)], {"a": None, "b": None, "c": 40}, 570),
        # Nothing is left to hide with it: no total either.
        ([("a", 4, 4)], {"a": None}, None),
        ([("a", 4, 4), ("b", 5, 5)], {"a": None, "b": None}, None),
        ([], {}, None),
    ],
)
def test_a_cell_of_few_is_hidden_and_cannot_be_reckoned(cells, shown, total):
    assert told(cells) == (shown, total)


@pytest.mark.promise("P024")
def test_a_word_that_few_share_is_folded_before_it_is_shown_anywhere():
    cells = [("Printing", 12, 12), ("Surveyors", 11, 11), ("Jan Peeters, baker", 1, 1), ("Lea Maes, notary", 1, 1)]
    shown, total = told(cells, is_open=(True,))
    assert (shown, total) == ({"Printing": 12, "Surveyors": None, OTHER: None}, 25)
    assert set(told(cells)[0]) == {"Printing", "Surveyors", "Jan Peeters, baker", "Lea Maes, notary"}


@pytest.mark.parametrize(("count", "expected"), [(10, 10), (11, 10), (12, 10), (13, 15), (1932, 1930), (1933, 1935)])
def test_figures_are_rounded_and_never_below_the_threshold(count, expected):
    assert rules.rounded(count, to=5, least=10) == expected


@pytest.mark.parametrize(
    ("day", "quarter", "after"),
    [
        (date(2026, 1, 1), date(2026, 1, 1), date(2026, 4, 1)),
        (date(2026, 3, 31), date(2026, 1, 1), date(2026, 4, 1)),
        (date(2026, 11, 27), date(2026, 10, 1), date(2027, 1, 1)),
        (date(2024, 2, 29), date(2024, 1, 1), date(2024, 4, 1)),
    ],
)
def test_quarters(day, quarter, after):
    assert (rules.quarter_of(day), rules.after(quarter), rules.after(after, -1)) == (quarter, after, quarter)


CELLS = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("xyz"), st.integers(1, 40)), max_size=18)


@given(CELLS, st.integers(2, 12))
def test_whatever_is_counted_nobody_can_be_reckoned(found, fewest):
    """The one sum that is told, less what stands, leaves nothing or two cells and more, of enough people."""
    together: dict[tuple[str, str], int] = {}
    for one, other, people in found:
        together[one, other] = together.get((one, other), 0) + people
    cells = [Cell(values, people, people) for values, people in together.items()]
    table = rules.told(cells, is_open=(False, False), fewest=fewest, round_to=1)
    assert {cell.values for cell in table.cells} == set(together)
    hidden = [together[cell.values] for cell in table.cells if cell.count is None]
    assert all(cell.count >= fewest for cell in table.cells if cell.count is not None)
    assert all(cell.count == together[cell.values] for cell in table.cells if cell.count is not None)
    if table.total is not None and hidden:
        assert len(hidden) > 1
        assert table.total - sum(cell.count or 0 for cell in table.cells) == sum(hidden) >= fewest

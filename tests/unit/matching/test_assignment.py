import random
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rideflow.matching.assignment import UNASSIGNED, assign

type Rows = list[list[tuple[int, float]]]

edges = st.dictionaries(st.integers(0, 5), st.integers(0, 30).map(float), max_size=6).map(
    lambda row: sorted(row.items())
)


def cheapest(rows: Rows, left_out: float) -> float:
    """The least total of every possible assignment."""
    if not rows:
        return 0.0
    first, rest = rows[0], rows[1:]
    totals = [left_out + cheapest(rest, left_out)]
    for column, cost in first:
        others = [[edge for edge in row if edge[0] != column] for row in rest]
        totals.append(cost + cheapest(others, left_out))
    return min(totals)


def total(rows: Rows, chosen: list[int], left_out: float) -> float:
    return sum(
        left_out if column == UNASSIGNED else dict(row)[column] for row, column in zip(rows, chosen, strict=True)
    )


@settings(max_examples=400, deadline=None)
@given(st.lists(edges, max_size=5), st.sampled_from([12.0, 1_000.0]))
def test_no_assignment_is_cheaper(rows: Rows, left_out: float) -> None:
    chosen = assign(rows, 6, left_out)

    taken = [column for column in chosen if column != UNASSIGNED]
    assert len(taken) == len(set(taken))
    assert total(rows, chosen, left_out) == pytest.approx(cheapest(rows, left_out))


def test_a_row_without_columns_is_left_out_and_no_rows_are_nothing() -> None:
    assert assign([[], [(0, 5.0)]], 1, 100.0) == [UNASSIGNED, 0]
    assert assign([], 3, 100.0) == []


def test_somebody_is_served_rather_than_nobody_however_far() -> None:
    assert assign([[(0, 1.0)], [(0, 2.0), (1, 99_000.0)]], 2, 100_000.0) == [0, 1]


def test_large_sparse_graphs_satisfy_the_optimality_conditions() -> None:
    """No exchange along a cycle and no free column makes it cheaper: checked by Bellman-Ford on the exchange graph."""
    draw = random.Random(7)
    rows: Rows = [[(column, draw.uniform(0, 900)) for column in draw.sample(range(80), 6)] for _ in range(90)]

    chosen = assign(rows, 80, 5_000.0)

    owner = {column: row for row, column in enumerate(chosen) if column != UNASSIGNED}
    price = {row: 5_000.0 if column == UNASSIGNED else dict(rows[row])[column] for row, column in enumerate(chosen)}
    # distance[row]: the least change of cost with which some row could be put out of its place to the gain of `row`.
    distance = dict.fromkeys(range(len(rows)), 0.0)
    for turn in count():
        changed = False
        for row, options in enumerate(rows):
            for column, cost in options:
                moved = distance[row] + cost - price[row]
                if column not in owner:
                    assert moved > -1e-6
                elif moved < distance[owner[column]] - 1e-6:
                    distance[owner[column]] = moved
                    changed = True
            assert distance[row] + 5_000.0 - price[row] > -1e-6
        if not changed:
            break
        assert turn <= len(rows), "a cycle of exchanges makes it cheaper"

"""The cheapest joint assignment on a sparse graph.

Successive shortest augmenting paths with column potentials, after R. Jonker and A. Volgenant, "A Shortest Augmenting
Path Algorithm for Dense and Sparse Linear Assignment Problems", Computing 38 (1987), without their initialisation.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence

UNASSIGNED = -1

type Edges = Sequence[tuple[int, float]]
"""(column, cost) pairs of one row, each column at most once."""


def assign(rows: Sequence[Edges], columns: int, unassigned_cost: float) -> list[int]:
    """The column of each row, or `UNASSIGNED`, with the least total cost. An unassigned row costs `unassigned_cost`.

    For this each row gets a column of its own with that cost, numbered after the common columns.
    """
    assignment = _Assignment([[*edges, (columns + row, unassigned_cost)] for row, edges in enumerate(rows)], columns)
    for row in range(len(rows)):
        assignment.add(row)
    return [column if column < columns else UNASSIGNED for column in assignment.column_of]


class _Assignment:
    """An optimal assignment of the rows added so far.

    Invariant: cost - potential of a row's own column is the least among its columns, so paths of reduced costs are
    non-negative and Dijkstra's search holds.
    """

    def __init__(self, rows: list[list[tuple[int, float]]], columns: int) -> None:
        self._rows = rows
        self._potential = [0.0] * (columns + len(rows))
        self._row_of = [UNASSIGNED] * (columns + len(rows))
        self._reduced = [0.0] * len(rows)
        """For each assigned row: cost - potential of its column, kept up to date."""
        self.column_of = [UNASSIGNED] * len(rows)

    def add(self, row: int) -> None:
        """Assign the row, moving others along the shortest augmenting path."""
        distance, before, scanned, sink = self._search(row)
        for column in scanned:
            self._potential[column] += distance[column] - distance[sink]
        column = sink
        while True:
            owner = before[column]
            self._row_of[column], self.column_of[owner], column = owner, column, self.column_of[owner]
            if owner == row:
                break
        for column in (*scanned, sink):
            self._settle(self._row_of[column])

    def _search(self, row: int) -> tuple[dict[int, float], dict[int, int], list[int], int]:
        """Run Dijkstra's search from the row to the nearest free column.

        Returns the distances, the row before each column, the scanned columns, and the free column.
        """
        potential, row_of, rows = self._potential, self._row_of, self._rows
        distance: dict[int, float] = {}
        before: dict[int, int] = {}
        done: set[int] = set()
        scanned: list[int] = []
        heap: list[tuple[float, int]] = []
        current, base = row, 0.0
        while True:
            for column, cost in rows[current]:
                if column in done:
                    continue
                length = base + cost - potential[column]
                if column not in distance or length < distance[column]:
                    distance[column] = length
                    before[column] = current
                    heapq.heappush(heap, (length, column))
            length, column = heapq.heappop(heap)
            while column in done:
                length, column = heapq.heappop(heap)
            current = row_of[column]
            if current == UNASSIGNED:
                return distance, before, scanned, column
            done.add(column)
            scanned.append(column)
            base = length - self._reduced[current]

    def _settle(self, row: int) -> None:
        """Bring the reduced cost of an assigned row up to date."""
        own = self.column_of[row]
        self._reduced[row] = next(cost for column, cost in self._rows[row] if column == own) - self._potential[own]

"""The grid in which riders and drivers are counted: Redis's geohash grid, so that Redis counts drivers by score."""

from __future__ import annotations

import math

type Cell = tuple[int, int]
"""A column, counted from the west, and a row, counted from the south."""

BITS = 16
"""Bits of each coordinate: cells are 288 m high, and 483 m wide in San Francisco."""

GEOHASHES_PER_CELL = 1 << (52 - 2 * BITS)
"""Redis's scores have 52 bits; those of one cell share the first 32."""

SOUTH, WEST = -85.05112878, -180.0
"""The origin of Redis's grid. It ends as far in the north and east (the limits of the Mercator projection)."""

_SIDE = 1 << BITS
ROWS_PER_DEGREE, COLUMNS_PER_DEGREE = _SIDE / (-2 * SOUTH), _SIDE / (-2 * WEST)

_DEGREE_KM = 111.195


def cell_at(lat: float, lng: float) -> Cell:
    return math.floor((lng - WEST) * COLUMNS_PER_DEGREE), math.floor((lat - SOUTH) * ROWS_PER_DEGREE)


def cell_of_geohash(prefix: int) -> Cell:
    """The cell of a score's first 32 bits, in which the bits of column and row alternate, the highest first."""
    return _every_other_bit(prefix >> 1), _every_other_bit(prefix)


def _every_other_bit(bits: int) -> int:
    """The even bits of 32 (the lowest, the third, …) as a number of 16 bits."""
    bits &= 0x55555555
    for shift, mask in ((1, 0x33333333), (2, 0x0F0F0F0F), (4, 0x00FF00FF), (8, 0x0000FFFF)):
        bits = (bits | bits >> shift) & mask
    return bits


def area_km2(cell: Cell) -> float:
    lat = SOUTH + (cell[1] + 0.5) / ROWS_PER_DEGREE
    return _DEGREE_KM / ROWS_PER_DEGREE * _DEGREE_KM / COLUMNS_PER_DEGREE * math.cos(math.radians(lat))

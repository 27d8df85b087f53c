"""Recorded days of a real fleet, in CSV files, gzipped or not."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rideflow.kernel.geo import Point

type Row = dict[str, str]


class RecordingError(ValueError):
    """A file is not a valid recording; the message names the place."""


@dataclass(frozen=True, slots=True)
class RecordedTrip:
    """A served trip: requested at a Unix time, `duration_s` is the drive itself."""

    id: str
    requested_at_s: float
    pickup: Point
    dropoff: Point
    duration_s: float


@dataclass(frozen=True, slots=True)
class Ping:
    """Where a vehicle was at a Unix time."""

    at_s: float
    vehicle_id: str
    place: Point


def trips(path: Path) -> Iterator[RecordedTrip]:
    """The columns are trip_id, request_ts, pickup_lat, pickup_lng, dropoff_lat, dropoff_lng, duration_s.

    Raises `RecordingError`.
    """

    def trip(row: Row) -> RecordedTrip:
        return RecordedTrip(
            id=row["trip_id"],
            requested_at_s=float(row["request_ts"]),
            pickup=_place(row, "pickup_"),
            dropoff=_place(row, "dropoff_"),
            duration_s=float(row["duration_s"]),
        )

    return _read(path, "a trip", trip)


def pings(path: Path) -> Iterator[Ping]:
    """The columns are ts, vehicle_id, lat, lng. Raises `RecordingError`."""

    def ping(row: Row) -> Ping:
        return Ping(float(row["ts"]), row["vehicle_id"], _place(row))

    return _read(path, "a ping", ping)


def _read[T](path: Path, what: str, of: Callable[[Row], T]) -> Iterator[T]:
    for line, row in _rows(path):
        try:
            yield of(row)
        except KeyError as error:
            raise RecordingError(f"{path} has no column {error}.") from error
        except (ValueError, TypeError) as error:
            raise RecordingError(f"{path}, line {line}: this is not {what}: {row}") from error


def _rows(path: Path) -> Iterator[tuple[int, Row]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
            yield from enumerate(csv.DictReader(file), 2)
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise RecordingError(f"{path} cannot be read: {error}") from error


def _place(row: Row, prefix: str = "") -> Point:
    return Point(lat=float(row[f"{prefix}lat"]), lng=float(row[f"{prefix}lng"]))

import gzip
import io
import json
from typing import Any
from uuid import UUID

import pytest
from botocore.exceptions import ClientError

from rideflow.kernel.sealing import SealBrokenError, Seals, of_trip
from rideflow.locations import archive
from rideflow.locations.archive import S3PathArchive
from rideflow.locations.paths import ArchivedPath, MeasuredPath
from rideflow.supply.model import PathPoint
from tests.keys import KeysInMemory

TRIP = UUID(int=7)
PEOPLE = (UUID(int=1), UUID(int=2))
KEYS = KeysInMemory()
SEALS = Seals(KEYS)
ARCHIVE = S3PathArchive("paths", SEALS)
POINTS = [PathPoint(1_790_877_600_000, 37.77, -122.42, 4.5), PathPoint(1_790_877_604_000, 37.7705, -122.42)]
MEASURED = MeasuredPath(distance_m=56, duration_s=4, points=2, coverage=0.98, line="_p~iF~ps|U_ulLnnqC")


class RefusingBucket:
    """An S3 that answers every read with this error."""

    def __init__(self, code: str) -> None:
        self._code = code

    def get_object(self, **_asked: Any) -> Any:
        raise ClientError({"Error": {"Code": self._code, "Message": ""}}, "GetObject")


class Bucket:
    """An S3 in memory."""

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}

    def put_object(self, *, Key: str, Body: bytes, **_told: Any) -> None:  # noqa: N803 - S3's names
        self.bodies[Key] = Body

    def get_object(self, *, Key: str, **_asked: Any) -> Any:  # noqa: N803
        return {"Body": io.BytesIO(self.bodies[Key])}


def sealed(document: dict[str, Any]) -> bytes:
    return SEALS.seal(gzip.compress(json.dumps(document).encode()), PEOPLE, of_trip(TRIP, "path"))


def test_a_path_and_its_measure_are_read_back(monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = Bucket()
    monkeypatch.setattr(archive, "_client", lambda: bucket)

    ARCHIVE.put(TRIP, PEOPLE, ArchivedPath(POINTS, MEASURED))

    assert ARCHIVE.get(TRIP) == ArchivedPath(POINTS, MEASURED)


def test_an_older_path_has_points_without_accuracy_and_no_measure(monkeypatch: pytest.MonkeyPatch) -> None:
    bucket, older = Bucket(), {"trip_id": str(TRIP), "points": [list(point[:3]) for point in POINTS]}
    bucket.bodies[f"paths/{TRIP}"] = sealed(older)
    monkeypatch.setattr(archive, "_client", lambda: bucket)

    assert ARCHIVE.get(TRIP) == ArchivedPath([PathPoint(*point[:3]) for point in POINTS], None)


def test_of_a_newer_path_is_read_what_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    bucket, points = Bucket(), [[*point, "gps"] for point in POINTS]
    newer = {"trip_id": str(TRIP), "points": points, "measured": {**MEASURED._asdict(), "tolls": 2}, "version": 2}
    bucket.bodies[f"paths/{TRIP}"] = sealed(newer)
    monkeypatch.setattr(archive, "_client", lambda: bucket)

    assert ARCHIVE.get(TRIP) == ArchivedPath(POINTS, MEASURED)


@pytest.mark.parametrize("odd", [{"at": 1}, [1], ["noon", 37.77, -122.42], [1, None, -122.42], None])
def test_an_odd_point_is_left_out_of_its_path(monkeypatch: pytest.MonkeyPatch, odd: Any) -> None:
    bucket = Bucket()
    stored = {"trip_id": str(TRIP), "points": [POINTS[0], odd, POINTS[1]], "measured": None}
    bucket.bodies[f"paths/{TRIP}"] = sealed(stored)
    monkeypatch.setattr(archive, "_client", lambda: bucket)

    assert ARCHIVE.get(TRIP) == ArchivedPath(POINTS, None)


@pytest.mark.parametrize("measured", [{"distance_m": 56}, "56 m"])
def test_a_measure_that_cannot_be_read_is_none(monkeypatch: pytest.MonkeyPatch, measured: Any) -> None:
    bucket, stored = Bucket(), {"trip_id": str(TRIP), "points": POINTS, "measured": measured}
    bucket.bodies[f"paths/{TRIP}"] = sealed(stored)
    monkeypatch.setattr(archive, "_client", lambda: bucket)

    assert ARCHIVE.get(TRIP) == ArchivedPath(POINTS, None)


def test_a_path_that_is_not_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "_client", lambda: RefusingBucket("NoSuchKey"))

    assert ARCHIVE.get(TRIP) is None


@pytest.mark.parametrize("code", ["AccessDenied", "SlowDown", "InternalError", "NoSuchBucket", "404"])
def test_a_path_that_cannot_be_read_is_not_taken_for_none(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Otherwise it would be measured again from its remaining points, and the fare would change."""
    monkeypatch.setattr(archive, "_client", lambda: RefusingBucket(code))

    with pytest.raises(ClientError):
        ARCHIVE.get(TRIP)


@pytest.mark.parametrize("erased", PEOPLE)
def test_a_path_is_unreadable_once_one_of_its_people_is_erased(monkeypatch: pytest.MonkeyPatch, erased: UUID) -> None:
    bucket, keys = Bucket(), KeysInMemory()
    monkeypatch.setattr(archive, "_client", lambda: bucket)
    paths = S3PathArchive("paths", Seals(keys))
    paths.put(TRIP, PEOPLE, ArchivedPath(POINTS, MEASURED))
    assert paths.get(TRIP) is not None

    keys.erase(erased)

    assert paths.get(TRIP) is None


def test_an_object_holds_no_readable_path(monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = Bucket()
    monkeypatch.setattr(archive, "_client", lambda: bucket)
    ARCHIVE.put(TRIP, PEOPLE, ArchivedPath(POINTS, MEASURED))
    [body] = bucket.bodies.values()

    assert body.startswith(f"sealed.1.{PEOPLE[0]}+{PEOPLE[1]}.".encode())
    with pytest.raises(OSError, match="gzip"):
        gzip.decompress(body[body.rindex(b".", 0, 90) + 1 :])


def test_the_path_of_another_trip_is_not_taken_for_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = Bucket()
    monkeypatch.setattr(archive, "_client", lambda: bucket)
    ARCHIVE.put(UUID(int=8), PEOPLE, ArchivedPath(POINTS, MEASURED))
    bucket.bodies[f"paths/{TRIP}"] = bucket.bodies[f"paths/{UUID(int=8)}"]

    with pytest.raises(SealBrokenError):
        ARCHIVE.get(TRIP)

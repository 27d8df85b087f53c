import gzip
import io
import json
from typing import Any
from uuid import UUID

import pytest
from botocore.exceptions import ClientError

from rideflow.locations import archive
from rideflow.locations.archive import S3PathArchive
from rideflow.locations.paths import ArchivedPath, MeasuredPath
from rideflow.supply.model import PathPoint

TRIP = UUID(int=7)
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


def test_a_path_and_its_measure_are_read_back(monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = Bucket()
    monkeypatch.setattr(archive, "_client", lambda: bucket)

    S3PathArchive("paths").put(TRIP, ArchivedPath(POINTS, MEASURED))

    assert S3PathArchive("paths").get(TRIP) == ArchivedPath(POINTS, MEASURED)


def test_an_older_path_has_points_without_accuracy_and_no_measure(monkeypatch: pytest.MonkeyPatch) -> None:
    bucket, older = Bucket(), {"trip_id": str(TRIP), "points": [list(point[:3]) for point in POINTS]}
    bucket.bodies[f"paths/{TRIP}.json.gz"] = gzip.compress(json.dumps(older).encode())
    monkeypatch.setattr(archive, "_client", lambda: bucket)

    assert S3PathArchive("paths").get(TRIP) == ArchivedPath([PathPoint(*point[:3]) for point in POINTS], None)


def test_of_a_newer_path_is_read_what_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    bucket, points = Bucket(), [[*point, "gps"] for point in POINTS]
    newer = {"trip_id": str(TRIP), "points": points, "measured": {**MEASURED._asdict(), "tolls": 2}, "version": 2}
    bucket.bodies[f"paths/{TRIP}.json.gz"] = gzip.compress(json.dumps(newer).encode())
    monkeypatch.setattr(archive, "_client", lambda: bucket)

    assert S3PathArchive("paths").get(TRIP) == ArchivedPath(POINTS, MEASURED)


@pytest.mark.parametrize("odd", [{"at": 1}, [1], ["noon", 37.77, -122.42], [1, None, -122.42], None])
def test_an_odd_point_is_left_out_of_its_path(monkeypatch: pytest.MonkeyPatch, odd: Any) -> None:
    bucket = Bucket()
    stored = {"trip_id": str(TRIP), "points": [POINTS[0], odd, POINTS[1]], "measured": None}
    bucket.bodies[f"paths/{TRIP}.json.gz"] = gzip.compress(json.dumps(stored).encode())
    monkeypatch.setattr(archive, "_client", lambda: bucket)

    assert S3PathArchive("paths").get(TRIP) == ArchivedPath(POINTS, None)


@pytest.mark.parametrize("measured", [{"distance_m": 56}, "56 m"])
def test_a_measure_that_cannot_be_read_is_none(monkeypatch: pytest.MonkeyPatch, measured: Any) -> None:
    bucket, stored = Bucket(), {"trip_id": str(TRIP), "points": POINTS, "measured": measured}
    bucket.bodies[f"paths/{TRIP}.json.gz"] = gzip.compress(json.dumps(stored).encode())
    monkeypatch.setattr(archive, "_client", lambda: bucket)

    assert S3PathArchive("paths").get(TRIP) == ArchivedPath(POINTS, None)


def test_a_path_that_is_not_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "_client", lambda: RefusingBucket("NoSuchKey"))

    assert S3PathArchive("paths").get(TRIP) is None


@pytest.mark.parametrize("code", ["AccessDenied", "SlowDown", "InternalError", "NoSuchBucket", "404"])
def test_a_path_that_cannot_be_read_is_not_taken_for_none(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Otherwise it would be measured again from its remaining points, and the fare would change."""
    monkeypatch.setattr(archive, "_client", lambda: RefusingBucket(code))

    with pytest.raises(ClientError):
        S3PathArchive("paths").get(TRIP)

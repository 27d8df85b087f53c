"""Driven paths in S3: one sealed object per trip."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from rideflow.kernel import aws
from rideflow.kernel.fault_isolation import readable
from rideflow.kernel.sealing import Seals, of_trip
from rideflow.locations.paths import ArchivedPath, MeasuredPath
from rideflow.supply.model import PathPoint


class S3PathArchive:
    """Object `paths/<trip id>`: gzip JSON, sealed for the rider and the driver (`kernel.sealing`): `{"trip_id",
    "points": [[Unix ms, lat, lng, accuracy in m or null], …], "measured": {"distance_m", "duration_s", "points",
    "coverage", "line"}}`. Once one of them is erased, nobody can read the path.

    Older objects lack members that came later, and members that newer code added are not read. A point that cannot be
    read is left out. If the measure cannot be read, the path is measured again.
    """

    def __init__(self, bucket: str, seals: Seals) -> None:
        self._bucket = bucket
        self._seals = seals

    def put(self, trip_id: UUID, people: Iterable[UUID], path: ArchivedPath) -> None:
        """Raises `PersonErasedError`, `PersonKeysUnavailableError`, botocore's errors."""
        measured = None if path.measured is None else path.measured._asdict()
        document = {"trip_id": str(trip_id), "points": path.points, "measured": measured}
        packed = gzip.compress(json.dumps(document, separators=(",", ":")).encode(), mtime=0)
        body = self._seals.seal(packed, people, of_trip(trip_id, "path"))
        _client().put_object(Bucket=self._bucket, Key=_key(trip_id), Body=body, ContentType="application/octet-stream")

    def get(self, trip_id: UUID) -> ArchivedPath | None:
        """The archived path; None if there is none, or one of its people was erased.

        Raises botocore's errors, `PersonKeysUnavailableError` and `SealBrokenError` if it is not known whether there is
        one. The caller tries again.
        """
        from botocore.exceptions import ClientError

        try:
            answer = _client().get_object(Bucket=self._bucket, Key=_key(trip_id))
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchKey":
                return None
            raise
        packed = self._seals.open(answer["Body"].read(), of_trip(trip_id, "path"))
        if packed is None:
            return None
        document = json.loads(gzip.decompress(packed))
        points = readable(document["points"], _point, "path_point", lambda _: trip_id)
        return ArchivedPath(points, _measured(document.get("measured")))


def _measured(told: Any) -> MeasuredPath | None:
    """The stored measure; None unless it has all fields that this code reads."""
    if not isinstance(told, dict) or not told.keys() >= set(MeasuredPath._fields):
        return None
    return MeasuredPath(**{name: told[name] for name in MeasuredPath._fields})


def _point(told: Sequence[Any]) -> PathPoint:
    recorded_ms, lat, lng, accuracy_m = (*told, None)[:4]
    return PathPoint(int(recorded_ms), float(lat), float(lng), None if accuracy_m is None else float(accuracy_m))


def _key(trip_id: UUID) -> str:
    return f"paths/{trip_id}"


@cache
def _client() -> Any:
    return aws.client("s3", connect_s=2, read_s=5, tries=4)

"""Driven paths in S3: one gzip JSON object per trip."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

from rideflow.kernel.fault_isolation import readable
from rideflow.locations.paths import ArchivedPath, MeasuredPath
from rideflow.supply.model import PathPoint


class S3PathArchive:
    """Object `paths/<trip id>.json.gz`: `{"trip_id", "points": [[Unix ms, lat, lng, accuracy in m or null], …],
    "measured": {"distance_m", "duration_s", "points", "coverage", "line"}}`.

    Older ones lack what came later, and what newer code added is not read. A point that cannot be read is left out; a
    measure that cannot be read is as good as none, and the path is measured anew.
    """

    def __init__(self, bucket: str) -> None:
        self._bucket = bucket

    def put(self, trip_id: UUID, path: ArchivedPath) -> None:
        measured = None if path.measured is None else path.measured._asdict()
        document = {"trip_id": str(trip_id), "points": path.points, "measured": measured}
        body = gzip.compress(json.dumps(document, separators=(",", ":")).encode(), mtime=0)
        _client().put_object(Bucket=self._bucket, Key=_key(trip_id), Body=body, ContentType="application/gzip")

    def get(self, trip_id: UUID) -> ArchivedPath | None:
        """None when no path of the trip was archived. Raises what keeps S3 from saying so: the caller tries again."""
        from botocore.exceptions import ClientError

        try:
            answer = _client().get_object(Bucket=self._bucket, Key=_key(trip_id))
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchKey":
                return None
            raise
        document = json.loads(gzip.decompress(answer["Body"].read()))
        points = readable(document["points"], _point, "path_point", lambda _: trip_id)
        return ArchivedPath(points, _measured(document.get("measured")))


def _measured(told: Any) -> MeasuredPath | None:
    """None unless all that this code knows of a measure was told."""
    if not isinstance(told, dict) or not told.keys() >= set(MeasuredPath._fields):
        return None
    return MeasuredPath(**{name: told[name] for name in MeasuredPath._fields})


def _point(told: Sequence[Any]) -> PathPoint:
    recorded_ms, lat, lng, accuracy_m = (*told, None)[:4]
    return PathPoint(int(recorded_ms), float(lat), float(lng), None if accuracy_m is None else float(accuracy_m))


def _key(trip_id: UUID) -> str:
    return f"paths/{trip_id}.json.gz"


@cache
def _client() -> Any:
    import boto3
    from botocore.config import Config

    return boto3.client("s3", config=Config(connect_timeout=2, read_timeout=5, retries={"max_attempts": 3}))

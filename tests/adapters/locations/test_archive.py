from typing import Any
from uuid import UUID

import pytest
from botocore.exceptions import ClientError

from rideflow.locations import archive
from rideflow.locations.archive import S3PathArchive

TRIP = UUID(int=7)


class RefusingBucket:
    """An S3 that answers every read with the error."""

    def __init__(self, code: str) -> None:
        self._code = code

    def get_object(self, **_asked: Any) -> Any:
        raise ClientError({"Error": {"Code": self._code, "Message": ""}}, "GetObject")


def test_a_path_that_is_not_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "_client", lambda: RefusingBucket("NoSuchKey"))

    assert S3PathArchive("paths").get(TRIP) is None


@pytest.mark.parametrize("code", ["AccessDenied", "SlowDown", "InternalError", "NoSuchBucket", "404"])
def test_a_path_that_cannot_be_read_is_not_taken_for_none(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """It would be measured anew from what is left of it, and the fare would change."""
    monkeypatch.setattr(archive, "_client", lambda: RefusingBucket(code))

    with pytest.raises(ClientError):
        S3PathArchive("paths").get(TRIP)

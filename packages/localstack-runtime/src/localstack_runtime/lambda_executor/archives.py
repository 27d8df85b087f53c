"""Functions made from one archive share it. LocalStack stores, hashes and unpacks it for each of a hundred functions,
and makes an S3 client for each look at an archive: together a third of the work of a deploy.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from threading import Lock
from types import SimpleNamespace
from typing import Any

import boto3
from localstack.aws.connect import connect_to
from localstack.services.lambda_ import provider
from localstack.services.lambda_.invocation import lambda_models
from localstack.services.lambda_.invocation.lambda_models import ArchiveCode, S3Code

type Store = Callable[..., ArchiveCode]


@dataclass(frozen=True)
class SharedArchives:
    """Caches the archives that `store` makes of S3 objects. A rewritten object has another ETag and another entry."""

    store: Store
    kept: dict[tuple[Any, ...], ArchiveCode] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def __call__(self, *, archive_bucket: str, archive_key: str, archive_version: str | None, **of: Any) -> ArchiveCode:
        """As `store_s3_bucket_archive`. The function's name is not part of the key, since nothing uses it."""
        named = {"archive_bucket": archive_bucket, "archive_key": archive_key, "archive_version": archive_version}
        etag = self._etag(archive_bucket, archive_key, archive_version)
        if etag is None:
            return self.store(**named, **of)  # raises LocalStack's own error
        with self._lock:
            key = (*named.values(), etag, of["region_name"], of["account_id"])
            if key not in self.kept:
                self.kept[key] = self.store(**named, **of)
            return self.kept[key]

    @staticmethod
    def _etag(bucket: str, key: str, version: str | None) -> str | None:
        """The object's ETag; None if there is no such object, or if the bucket stands for a folder of this machine."""
        s3 = connect_to().s3
        try:
            return str(s3.head_object(Bucket=bucket, Key=key, **({"VersionId": version} if version else {}))["ETag"])
        except s3.exceptions.ClientError:
            return None


def install() -> None:
    """Share the archives. They are deleted with LocalStack's state, since other functions may use a deleted one's."""
    provider.store_s3_bucket_archive = SharedArchives(provider.store_s3_bucket_archive)
    S3Code.destroy = lambda _code: None
    lambda_models.boto3 = SimpleNamespace(client=cache(boto3.client))

"""Publishes the console to a stage's bucket.

The order makes every moment whole: a page that is loaded while files are replaced finds all that it names. What it
names by hash comes first, the entry page last, and what no page names any more is deleted a week after the publish that
left it out: a tab that is open loads parts of the page it began with. Every step may be repeated.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.markets import deployed_folders
from local.console import basemaps, content
from local.console.files import ASSETS, ENTRY, File, built, document

if TYPE_CHECKING:
    from local.cloud import Cloud

LEFT_FOR = timedelta(days=7)
LEFT_SINCE = "left-since"
"""The tag of an object that the last publish left out, with the time of the first one that did."""

_AT_ONCE = 8


def publish(
    cloud: Cloud,
    build: Path,
    *,
    stripe: content.StripeForBrowsers,
    further_markets: Path | None = None,
    basemap: Path | None = None,
    now: datetime | None = None,
) -> str:
    """Publish the build and what the stage's stacks and markets tell. Returns the console's address.

    `basemap` is a folder of GeoJSON that the first market gets in place of its own ground.
    Raises `ConsoleError`, `CloudError`.
    """
    outputs = cloud.outputs("console")
    bucket = Bucket(cloud.client("s3"), outputs["ConsoleBucket"])
    files = [*built(build), *_told(cloud, stripe, further_markets, basemap)]
    for part in _in_order(files):
        bucket.put(part)
    bucket.sweep({each.key for each in files}, now or datetime.now(UTC))
    return outputs["ConsoleUrl"]


def _told(
    cloud: Cloud, stripe: content.StripeForBrowsers, further: Path | None, basemap: Path | None
) -> Iterator[File]:
    folders = deployed_folders(further)
    for number, folder in enumerate(folders):
        ground, files = basemaps.of(folder, basemap if number == 0 else None)
        yield from files
        yield document(f"markets/{folder.name}.json", content.market(folder, ground))
    yield document("config.json", content.config(cloud.stage, cloud.outputs("api"), folders, stripe))


def _in_order(files: Iterable[File]) -> list[list[File]]:
    """Assets, then what has no hash in its name, then the entry page."""
    parts: list[list[File]] = [[], [], []]
    for each in files:
        parts[0 if each.key.startswith(ASSETS) else 2 if each.key == ENTRY else 1].append(each)
    return parts


class Bucket:
    """The bucket behind the distribution."""

    def __init__(self, s3: Any, name: str) -> None:
        self._s3 = s3
        self._name = name

    def put(self, files: list[File]) -> None:
        """Write the files, several at once; a file that was left out before is one of the console's again."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for written in [pool.submit(self._put, each) for each in files]:
                written.result()

    def sweep(self, current: set[str], now: datetime) -> None:
        """Mark what is not current, and delete what was marked a week ago."""
        for key in sorted(self._keys() - current):
            since = self._left_since(key)
            if since is None:
                tag = {"Key": LEFT_SINCE, "Value": now.isoformat(timespec="seconds")}
                self._s3.put_object_tagging(Bucket=self._name, Key=key, Tagging={"TagSet": [tag]})
            elif now - since >= LEFT_FOR:
                self._s3.delete_object(Bucket=self._name, Key=key)

    def _put(self, file: File) -> None:
        self._s3.put_object(
            Bucket=self._name, Key=file.key, Body=file.body, ContentType=file.kind, CacheControl=file.kept
        )

    def _keys(self) -> set[str]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._name)
        return {each["Key"] for page in pages for each in page.get("Contents", ())}

    def _left_since(self, key: str) -> datetime | None:
        tags = self._s3.get_object_tagging(Bucket=self._name, Key=key)["TagSet"]
        told = next((each["Value"] for each in tags if each["Key"] == LEFT_SINCE), None)
        return datetime.fromisoformat(told) if told else None

"""Deletes a stage whose data nobody keeps. A stage whose data is kept is not deleted by a command."""

from __future__ import annotations

from typing import Any

from local.cloud import Cloud, CloudError

_BATCH = 1000
"""The most object versions that S3 deletes at once."""


def where(cloud: Cloud) -> tuple[str, str]:
    """The number of the account that the current credentials belong to, and the region."""
    client = cloud.client("sts")
    return str(client.get_caller_identity()["Account"]), str(client.meta.region_name)


def buckets(cloud: Cloud) -> list[str]:
    """The buckets of the stage; none if it is not deployed."""
    return [each for stack in ("data", "console") for each in cloud.resources(stack, "AWS::S3::Bucket")]


def empty(cloud: Cloud, bucket: str) -> int:
    """Delete every version of every object, which CloudFormation does not do. Returns how many there were.

    Raises `CloudError` if S3 refuses to delete one.
    """
    client, deleted = cloud.client("s3"), 0
    while versions := _first(client, bucket):
        told = client.delete_objects(Bucket=bucket, Delete={"Objects": versions, "Quiet": True})
        if refused := told.get("Errors"):
            raise CloudError(f"S3 does not delete {refused[0]['Key']} of {bucket}: {refused[0]['Code']}.")
        deleted += len(versions)
    return deleted


def delete_logs(cloud: Cloud) -> int:
    """Delete the log groups that carry the stage's name; returns how many there were.

    A service that writes once more after its group was deleted makes the group anew, and the next deploy, which makes
    it too, would fail.
    """
    client, deleted = cloud.client("logs"), 0
    whole = cloud.prefix.removesuffix("-")
    for page in client.get_paginator("describe_log_groups").paginate(logGroupNamePrefix="/aws/"):
        for name in (each["logGroupName"] for each in page["logGroups"]):
            if any(word == whole or word.startswith(cloud.prefix) for word in name.split("/")):
                client.delete_log_group(logGroupName=name)
                deleted += 1
    return deleted


def _first(client: Any, bucket: str) -> list[dict[str, str]]:
    """The first versions of what is left, as many as are deleted at once."""
    listed = client.list_object_versions(Bucket=bucket, MaxKeys=_BATCH)
    found = [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]
    return [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]

"""Stores of buckets: PostgreSQL for a person, DynamoDB for an address and for functions outside the VPC."""

from __future__ import annotations

from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Any
from uuid import UUID

from rideflow.kernel.clock import Clock, utc_now
from rideflow.kernel.dynamodb import dynamodb
from rideflow.kernel.limits import Bucket, Limit

if TYPE_CHECKING:
    from rideflow.kernel.postgres import Database


def take_of_person(database: Database, person_id: UUID, operation: str, limit: Limit) -> Bucket:
    """Take a request from the person's bucket, in one statement. Raises `DatabaseUnavailableError`."""
    from rideflow.kernel.postgres import sql

    row = database.one(
        sql("rideflow.kernel", "bucket_take"),
        {
            "person_id": person_id,
            "operation": operation,
            "interval": limit.interval,
            "period": timedelta(seconds=limit.period_s),
        },
    )
    if row is None:  # another request emptied the bucket after this statement's snapshot
        now = utc_now()
        return Bucket(limit, now, now + timedelta(seconds=limit.period_s), is_granted=False)
    return Bucket(limit, row["now"], row["full_at"], row["is_granted"])


def forget_full(database: Database, full_before: datetime, limit: int) -> int:
    """Delete up to `limit` buckets that have been full since then; returns how many."""
    from rideflow.kernel.postgres import sql

    parameters = {"full_before": full_before, "limit": limit}
    return database.execute(sql("rideflow.kernel", "buckets_forget"), parameters)


def longest_full(database: Database) -> datetime | None:
    """Since when the bucket that was longest full is full, or when it will be; None if there is none."""
    from rideflow.kernel.postgres import sql

    full_at: datetime | None = database.value(sql("rideflow.kernel", "buckets_longest_full"), {})
    return full_at


class DynamoBuckets:
    """Items of the guards' table: `id` (`bucket#`, operation, caller), `full_at` (Unix ms), `ttl` (Unix seconds)."""

    def __init__(self, table: str, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def take(self, caller: str, operation: str, limit: Limit) -> Bucket:
        """Take a request: one conditional write if the bucket is full, two otherwise. Raises botocore's errors."""
        now = self._clock()
        item_id = f"bucket#{operation}#{caller}"
        full_at = self._first(item_id, limit, now) or self._further(item_id, limit, now)
        if full_at is None:  # full again a period from now, as far as this answer can tell
            return Bucket(limit, now, now + timedelta(seconds=limit.period_s), is_granted=False)
        return Bucket(limit, now, full_at, is_granted=True)

    def _first(self, item_id: str, limit: Limit, now: datetime) -> datetime | None:
        full_at = now + limit.interval
        values = {":now": _ms(now), ":full_at": _ms(full_at), ":ttl": _ttl(now, limit)}
        is_new = "attribute_not_exists(full_at) OR full_at <= :now"
        return full_at if self._write(item_id, "SET full_at = :full_at, #ttl = :ttl", is_new, values) else None

    def _further(self, item_id: str, limit: Limit, now: datetime) -> datetime | None:
        latest = now + timedelta(seconds=limit.period_s) - limit.interval
        values = {
            ":interval": {"N": str(round(limit.interval.total_seconds() * 1000))},
            ":latest": _ms(latest),
            ":ttl": _ttl(now, limit),
        }
        told = self._write(item_id, "SET full_at = full_at + :interval, #ttl = :ttl", "full_at <= :latest", values)
        return None if told is None else datetime.fromtimestamp(int(told["full_at"]["N"]) / 1000, now.tzinfo)

    def _write(self, item_id: str, update: str, condition: str, values: dict[str, Any]) -> dict[str, Any] | None:
        client = dynamodb(1)
        try:
            answer = client.update_item(
                TableName=self._table,
                Key={"id": {"S": item_id}},
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeNames={"#ttl": "ttl"},
                ExpressionAttributeValues=values,
                ReturnValues="ALL_NEW",
            )
        except client.exceptions.ConditionalCheckFailedException:
            return None
        item: dict[str, Any] = answer["Attributes"]
        return item


def network_of(address: str) -> str:
    """The network that a limit counts: an IPv4 address, or the /64 of an IPv6 address (a household or a phone)."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        mapped = parsed.ipv4_mapped
        return str(mapped) if mapped is not None else f"{IPv6Address(int(parsed) >> 64 << 64)}/64"
    return str(parsed)


def _ms(moment: datetime) -> dict[str, str]:
    return {"N": str(round(moment.timestamp() * 1000))}


def _ttl(now: datetime, limit: Limit) -> dict[str, str]:
    return {"N": str(int(now.timestamp()) + 2 * limit.period_s + 60)}

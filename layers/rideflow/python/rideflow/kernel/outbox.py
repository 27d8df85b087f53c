"""The transactional outbox: an event is committed with the state change that it tells of, then published.

A use case writes its events inside the statement that changes the state (`rows()` makes the parameter of the database's
`outbox_add`), and calls `publish` right after the commit. When an event comes back from the bus, its row is deleted
(`forget`), in batches and outside any request. The sweeper (`outbox_sweep`) publishes events that do not come back,
because of a crash or because the bus refused them. Delivery is at least once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from rideflow.kernel.events import DomainEvent
from rideflow.kernel.json_text import json_text
from rideflow.kernel.settings import BusSettings

if TYPE_CHECKING:
    from botocore.exceptions import ClientError
    from psycopg.types.json import Jsonb

    from rideflow.kernel.postgres import Database

MAX_ENTRIES = 10
"""EventBridge takes at most ten entries a call."""

_MAX_BYTES = 262_144
"""The greatest size of a call's entries together, in bytes of names and details."""

_ABOUT_THE_BUS = frozenset(
    {"ThrottlingException", "InternalException", "InternalFailure", "ServiceUnavailable", "ResourceNotFoundException",
     "AccessDeniedException", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException",
     "InvalidSignatureException", "NotAuthorizedForSourceException"}
)  # fmt: skip
"""Refusals that do not concern the event: it is tried again without a limit."""

type _Entry = tuple[str, dict[str, Any]]
"""An event's id, and its entry for EventBridge."""


class Taken(list[str]):
    """Ids of the events that the bus took. `refused` has the reasons of refusals that concern the event itself."""

    def __init__(self, ids: Iterable[str] = (), refused: Mapping[str, str] | None = None) -> None:
        super().__init__(ids)
        self.refused = dict(refused or {})


class Publisher(Protocol):
    """Sends envelopes to the bus; returns the ids of those that it took, as `Taken` if the refusals are known."""

    def __call__(self, envelopes: Sequence[dict[str, Any]]) -> list[str]: ...


def rows(events: Iterable[DomainEvent]) -> Jsonb:
    """The events as the statement's `events` parameter, for `outbox_add`: a JSON array of outbox rows."""
    from psycopg.types.json import Jsonb

    return Jsonb([event.envelope() for event in events])


def add(database: Database, events: Iterable[DomainEvent]) -> None:
    """Add events to the outbox that no other statement has added. The caller publishes them after the commit."""
    from rideflow.kernel.postgres import sql

    database.execute(sql("rideflow.kernel", "outbox_add"), {"events": rows(events)})


def forget(database: Database, ids: Sequence[UUID]) -> None:
    """Delete the rows of events that were published."""
    from rideflow.kernel.postgres import sql

    database.execute(sql("rideflow.kernel", "outbox_forget"), {"ids": ids})


class Outbox:
    """Publishes committed events."""

    def __init__(self, database: Database, publisher: Publisher) -> None:
        self._database = database
        self._publisher = publisher
        self._postponed: list[DomainEvent] | None = None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A transaction. Events that any context publishes inside are published after the commit."""
        postponed: list[DomainEvent] = []
        self._postponed = postponed
        try:
            with self._database.transaction():
                yield
        finally:
            self._postponed = None
        self.publish(postponed)

    def announce(self, *events: DomainEvent) -> None:
        """Add events to the outbox that no statement of the change adds, and publish them after the commit.

        In a transaction of the outbox they are committed or rolled back with it.
        """
        if events:
            add(self._database, events)
            self.publish(events)

    def publish(self, events: Iterable[DomainEvent]) -> None:
        """Publish this invocation's own events, after their commit.

        Never raises: the state is committed, and events that cannot be published now are left to the sweeper.
        """
        from rideflow.kernel.observability import logger

        if self._postponed is not None:
            self._postponed.extend(events)
            return
        envelopes = [event.envelope() for event in events]
        if not envelopes:
            return
        try:
            taken = self._publisher(envelopes)
            if left := [envelope["id"] for envelope in envelopes if envelope["id"] not in taken]:
                logger.warning("outbox: not taken, left for the sweeper", extra={"events": left})
        except Exception:
            logger.exception("outbox: left for the sweeper", extra={"events": [e["id"] for e in envelopes]})


class EventBridgePublisher:
    """Publishes to one EventBridge bus. The client is built on first use: boto3 costs a cold start 128 ms."""

    def __init__(self, bus_name: str) -> None:
        self._bus_name = bus_name

    def __call__(self, envelopes: Sequence[dict[str, Any]]) -> Taken:
        taken = Taken()
        entries: list[_Entry] = []
        for envelope in envelopes:
            try:
                entries.append((envelope["id"], self._entry(envelope)))
            except ValueError as error:  # it cannot be written as JSON, and never will
                taken.refused[envelope["id"]] = str(error)
        for batch in _batches(entries, taken):
            self._put(batch, taken)
        return taken

    def _put(self, batch: Sequence[_Entry], taken: Taken) -> None:
        """Send a batch. If it is refused as a whole because of an entry, each entry is sent by itself.

        Raises botocore's errors if the bus is at fault, and not an entry.
        """
        from botocore.exceptions import ClientError

        try:
            answer = _events_client().put_events(Entries=[entry for _, entry in batch])
        except ClientError as error:
            if not _is_about_entries(error):
                raise
            if len(batch) == 1:
                taken.refused[batch[0][0]] = str(error)
                return
            for each in batch:
                self._put([each], taken)
            return
        for (event_id, _), said in zip(batch, answer["Entries"], strict=True):
            if "ErrorCode" not in said:
                taken.append(event_id)
            elif said["ErrorCode"] not in _ABOUT_THE_BUS:
                taken.refused[event_id] = f"{said['ErrorCode']}: {said.get('ErrorMessage', '')}"

    def _entry(self, envelope: dict[str, Any]) -> dict[str, Any]:
        return {
            "EventBusName": self._bus_name,
            "Source": envelope["source"],
            "DetailType": envelope["type"],
            "Detail": json_text(envelope["detail"]),
        }


def _batches(entries: Iterable[_Entry], taken: Taken) -> Iterator[list[_Entry]]:
    """Batches of as many entries as one call takes. Entries that are too large for any call are refused here."""
    batch: list[_Entry] = []
    size = 0
    for event_id, entry in entries:
        its_size = _size(entry)
        if its_size > _MAX_BYTES:
            taken.refused[event_id] = f"The entry has {its_size} bytes, more than {_MAX_BYTES}."
            continue
        if len(batch) == MAX_ENTRIES or size + its_size > _MAX_BYTES:
            yield batch
            batch, size = [], 0
        batch.append((event_id, entry))
        size += its_size
    if batch:
        yield batch


def _size(entry: Mapping[str, Any]) -> int:
    """The size of an entry in bytes. Source: EventBridge's guide, "Calculating PutEvents event entry size"."""
    return sum(len(entry[part].encode()) for part in ("Source", "DetailType", "Detail"))


def _is_about_entries(error: ClientError) -> bool:
    """Whether a call was refused because of its entries."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
    return status in (400, 413) and error.response.get("Error", {}).get("Code") not in _ABOUT_THE_BUS


@cache
def _events_client() -> Any:
    """The client, which tries once: the caller has committed and a user waits, and the sweep publishes the rest."""
    from rideflow.kernel import aws

    return aws.client("events", tries=1)


@cache
def outbox() -> Outbox:
    """The outbox of this execution environment."""
    from rideflow.kernel.postgres import database

    return Outbox(database(), EventBridgePublisher(BusSettings.from_environment().name))

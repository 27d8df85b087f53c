"""The transactional outbox: an event is committed with the state it tells of, then published.

A use case writes its events inside the statement that changes the state (`rows()` is what the database's `outbox_add`
takes), and calls `publish` right after the commit. The row goes when the event has come back from the
bus (`forget`), many at a time and on nobody's way. What does not come back, since a crash came in between or the bus
did not take it, the sweeper publishes (`outbox_sweep`). Delivery is at least once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from rideflow.kernel.events import DomainEvent
from rideflow.kernel.settings import BusSettings

if TYPE_CHECKING:
    from botocore.exceptions import ClientError
    from psycopg.types.json import Jsonb

    from rideflow.kernel.postgres import Database

MAX_ENTRIES = 10
"""EventBridge takes at most ten entries a call."""

_MAX_BYTES = 262_144
"""And so many bytes in all of a call's entries, names and details together."""

_ABOUT_THE_BUS = frozenset(
    {"ThrottlingException", "InternalException", "InternalFailure", "ServiceUnavailable", "ResourceNotFoundException",
     "AccessDeniedException", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException",
     "InvalidSignatureException", "NotAuthorizedForSourceException"}
)  # fmt: skip
"""Refusals that say nothing of the event: it is tried again for as long as it takes."""

type _Entry = tuple[str, dict[str, Any]]
"""An event's id, and what EventBridge is sent of it."""


class Taken(list[str]):
    """Ids of the events that the bus took, and why it refused others: because of what they are, not of how it is."""

    def __init__(self, ids: Iterable[str] = (), refused: Mapping[str, str] | None = None) -> None:
        super().__init__(ids)
        self.refused = dict(refused or {})


class Publisher(Protocol):
    """Sends envelopes to the bus and says which of them were taken, as `Taken` if it knows why others were not."""

    def __call__(self, envelopes: Sequence[dict[str, Any]]) -> list[str]: ...


def rows(events: Iterable[DomainEvent]) -> Jsonb:
    """The events as the statement's `events` parameter, for `outbox_add`: a JSON array of outbox rows."""
    from psycopg.types.json import Jsonb

    return Jsonb([event.envelope() for event in events])


def add(database: Database, events: Iterable[DomainEvent]) -> None:
    """Put events into the outbox that no statement's change has put there, to be published after the commit."""
    from rideflow.kernel.postgres import sql

    database.execute(sql("rideflow.kernel", "outbox_add"), {"events": rows(events)})


def forget(database: Database, ids: Sequence[UUID]) -> None:
    """These events were published: nobody need publish them again."""
    from rideflow.kernel.postgres import sql

    database.execute(sql("rideflow.kernel", "outbox_forget"), {"ids": ids})


class Outbox:
    """Publishes what was committed."""

    def __init__(self, database: Database, publisher: Publisher) -> None:
        self._database = database
        self._publisher = publisher
        self._postponed: list[DomainEvent] | None = None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Statements inside commit together; what any context publishes inside waits for the commit."""
        postponed: list[DomainEvent] = []
        self._postponed = postponed
        try:
            with self._database.transaction():
                yield
        finally:
            self._postponed = None
        self.publish(postponed)

    def publish(self, events: Iterable[DomainEvent]) -> None:
        """Publish this invocation's own events, after their commit.

        Never raises: what cannot be published now stays in the outbox for the sweeper, and the state is committed.
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
    """Publishes to one EventBridge bus. The client is made on first use: boto3 costs a cold start 128 ms."""

    def __init__(self, bus_name: str) -> None:
        self._bus_name = bus_name

    def __call__(self, envelopes: Sequence[dict[str, Any]]) -> Taken:
        taken = Taken()
        entries = [(envelope["id"], self._entry(envelope)) for envelope in envelopes]
        for batch in _batches(entries, taken):
            self._put(batch, taken)
        return taken

    def _put(self, batch: Sequence[_Entry], taken: Taken) -> None:
        """Send a batch. If it is refused as a whole for what is in it, each entry is sent alone: one is to blame.

        Raises what says that the bus, and no entry, is in trouble.
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
            "Detail": json.dumps(envelope["detail"]),
        }


def _batches(entries: Iterable[_Entry], taken: Taken) -> Iterator[list[_Entry]]:
    """As many entries as one call takes; what no call takes is refused here."""
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
    """Bytes of an entry as EventBridge counts them (its guide, "Calculating PutEvents event entry size")."""
    return sum(len(entry[part].encode()) for part in ("Source", "DetailType", "Detail"))


def _is_about_entries(error: ClientError) -> bool:
    """Whether a call was refused for what it carried."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
    return status in (400, 413) and error.response.get("Error", {}).get("Code") not in _ABOUT_THE_BUS


@cache
def _events_client() -> Any:
    """One try: whoever publishes has committed and answers somebody, and the sweep makes up for what is left."""
    from rideflow.kernel.aws import client

    return client("events", tries=1)


@cache
def outbox() -> Outbox:
    """The outbox of this execution environment."""
    from rideflow.kernel.postgres import database

    return Outbox(database(), EventBridgePublisher(BusSettings.from_environment().name))

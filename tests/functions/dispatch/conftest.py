"""Riders, drivers and their phones, for the handlers of dispatch and locations."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import boto3
import pytest

from rideflow.kernel.access import Caller
from rideflow.realtime.gateway import ManagementGateway
from rideflow.realtime.wiring import realtime
from tests.adapters.supply.street import Street
from tests.functions.cloud import Cloud
from tests.functions.lambda_events import LambdaContext, event_of, signed_in, sqs_event

type Json = dict[str, Any]


@dataclass
class City:
    """The cloud with drivers in it; `heard` has the frames that each phone received."""

    cloud: Cloud
    street: Street
    heard: dict[str, list[Json]] = field(default_factory=dict)

    def phone(self, role: str, person_id: UUID) -> Caller:
        """The person's app, connected."""
        realtime().connect(person_id, str(person_id), {role})
        return signed_in(role, person_id=person_id)

    def frames(self, person: Caller, kind: str) -> list[Json]:
        return [frame["data"] for frame in self.heard.get(str(person.id), []) if frame["type"] == kind]

    def deliver(self, app: Any, *messages: Json) -> None:
        """Deliver messages of a queue; none may fail."""
        assert app(sqs_event(*messages), LambdaContext()) == {"batchItemFailures": []}

    def tell(self, app: Any, kind: str, source: str, **detail: Any) -> None:
        """Deliver an event."""
        now = self.street.now.isoformat()
        self.deliver(app, event_of(kind, source, {"at": now, "zone": "sf-bay", **detail}))

    def messages(self, queue: str) -> list[Json]:
        return self.cloud.messages(boto3.client("sqs").get_queue_url(QueueName=queue)["QueueUrl"])


@pytest.fixture
def city(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[City]:
    city = City(cloud, Street(cloud.database_url, cloud.redis_url))

    def post(_gateway: ManagementGateway, connection_id: str, text: str) -> None:
        city.heard.setdefault(connection_id, []).append(json.loads(text))

    monkeypatch.setattr(ManagementGateway, "post", post)
    yield city
    city.street.close()

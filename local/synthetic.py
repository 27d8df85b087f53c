"""The people of a stage's synthetic rides: signed up once, kept in a secret, signed in for each ride."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx

from infra.constructs.naming import secret_name
from local.cloud import Cloud, CloudError
from local.demo import LocalMailbox
from local.record import STRIPE_ITSELF
from rideflow.kernel.geo import Point
from simulation.api import Api, ApiProblemError
from simulation.api import told as failure_told
from simulation.one_ride import Addresses, People, Played, play_one_ride, sign_up_people
from simulation.people import operator, password

if TYPE_CHECKING:
    from local.record import StackRecord
    from simulation.mailbox import Mailbox

PICKUP, DROPOFF = Point(lat=37.7749, lng=-122.4194), Point(lat=37.7795, lng=-122.4145)
"""About 670 m in San Francisco: a minute and a half of driving."""
TEST_CARD = "pm_card_visa"
_LOCAL_SPEED, _REAL_SPEED = 20.0, 1.0
"""Ride seconds a second. On AWS a position that needs more than 60 m/s is not believed."""


class Synthetic:
    """Synthetic rides of one stage."""

    def __init__(self, cloud: Cloud, addresses: Addresses, speed: float) -> None:
        self._cloud = cloud
        self._addresses = addresses
        self._speed = speed
        self.secret = secret_name(cloud.stage, "synthetic")

    def ride(self, way: tuple[Point, Point], told: Callable[[str], None]) -> Played:
        """Play one ride. Raises `CloudError` if nobody was prepared, `RideFailedError`."""
        people = self.people()
        if people is None:
            raise CloudError(f"There are no people in the secret {self.secret}: `--prepare` signs them up.")
        return asyncio.run(play_one_ride(self._addresses, people, way, self._speed, told))

    def people(self) -> People | None:
        """Those who can ride."""
        begun = self.begun()
        return begun if begun and begun.vehicle_id else None

    def begun(self) -> People | None:
        """Those whose sign-up began. It is not known how far it came, unless they have a vehicle."""
        client = self._cloud.client("secretsmanager")
        try:
            found = client.get_secret_value(SecretId=self.secret)
        except client.exceptions.ResourceNotFoundException:
            return None
        return People(**json.loads(found["SecretString"]))

    def begin(self, emails: tuple[str, str], stripe_key: str) -> People:
        """Keep rider and driver with these addresses and new passwords in the secret, before anybody is signed up."""
        rider, driver = emails
        people = People(rider, password(), driver, password(), "", stripe_key)
        self._cloud.client("secretsmanager").create_secret(
            Name=self.secret, Description="The people of synthetic rides", SecretString=json.dumps(asdict(people))
        )
        return people

    def finish(self, mailbox: Mailbox, people: People, user_pool_id: str, card: str | None) -> None:
        """Sign up who is not signed up yet. Raises `CloudError`, after which a repeat goes on.

        An operator is made to verify the driver, and deleted again. Without `card` the rider has none yet.
        """
        try:
            ready = asyncio.run(self._signed_up(mailbox, people, user_pool_id, card))
        except (ApiProblemError, httpx.HTTPError, OSError) as error:
            raise CloudError(
                f"The sign-up stopped: {failure_told(error)}. Repeat the command: it goes on with "
                f"{people.rider_email} and {people.driver_email}. {self.to_begin_anew}"
            ) from error
        self._cloud.client("secretsmanager").put_secret_value(
            SecretId=self.secret, SecretString=json.dumps(asdict(ready))
        )

    @property
    def to_begin_anew(self) -> str:
        """How other people are signed up."""
        delete = "aws secretsmanager delete-secret --force-delete-without-recovery --secret-id"
        return f"To sign up others, delete the secret first: `{delete} {self.secret}`."

    async def _signed_up(self, mailbox: Mailbox, people: People, user_pool_id: str, card: str | None) -> People:
        cognito: Any = self._cloud.client("cognito-idp")
        async with httpx.AsyncClient(timeout=30) as http:
            boss = await operator(Api(self._addresses.rest_url, http), cognito, user_pool_id)
            try:
                return await sign_up_people(self._addresses, mailbox, people, boss.api, card)
            finally:
                cognito.admin_delete_user(UserPoolId=user_pool_id, Username=boss.email)


def synthetic_here(cloud: Cloud, record: StackRecord) -> Synthetic:
    """On the running local stack. Its people are prepared if there are none."""
    addresses = Addresses(record.rest_url, record.websocket_url, record.stripe_url)
    synthetic = Synthetic(cloud, addresses, _LOCAL_SPEED)
    if synthetic.people() is None:
        run = uuid4().hex[:8]
        emails = f"synthetic-rider-{run}@example.com", f"synthetic-driver-{run}@example.com"
        people = synthetic.begun() or synthetic.begin(emails, record.stripe_api_key)
        synthetic.finish(LocalMailbox(), people, record.user_pool_id, TEST_CARD)
    return synthetic


def synthetic_on_aws(cloud: Cloud) -> Synthetic:
    """On AWS. Raises `CloudError` if the stage is not deployed."""
    told = cloud.outputs("api")
    addresses = Addresses(told["RestUrl"], told["WebSocketUrl"], STRIPE_ITSELF)
    return Synthetic(cloud, addresses, _REAL_SPEED)

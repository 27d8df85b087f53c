"""Objects of the kernel that handlers use, each built once per execution environment."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from rideflow.kernel.outbox_sweep import OutboxSweep
    from rideflow.kernel.postgres import Database
    from rideflow.kernel.sealing import Seals
    from rideflow.kernel.set_aside import SetAside


@cache
def outbox_sweep() -> OutboxSweep:
    from rideflow.kernel.outbox import EventBridgePublisher
    from rideflow.kernel.outbox_sweep import OutboxSweep
    from rideflow.kernel.postgres import database
    from rideflow.kernel.settings import BusSettings

    return OutboxSweep(database(), EventBridgePublisher(BusSettings.from_environment().name))


def events_due_at(look: Database) -> datetime | None:
    from rideflow.kernel.outbox_sweep import first_due_at

    return first_due_at(look)


@cache
def set_aside() -> SetAside:
    from rideflow.kernel.postgres import database
    from rideflow.kernel.set_aside import SetAside

    return SetAside(database())


@cache
def seals() -> Seals:
    from rideflow.kernel.person_keys import PersonKeys
    from rideflow.kernel.sealing import Seals
    from rideflow.kernel.settings import PersonKeysSettings

    return Seals(PersonKeys(PersonKeysSettings.from_environment().table))

"""The channels that a person accepts.

In-app messages cannot be declined, so nothing is stored while in-app is the only channel.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from rideflow.notifications.matrix import ChannelName

ALWAYS_TAKEN: frozenset[ChannelName] = frozenset({"in_app"})


class ChannelPreferences:
    """A channel that can be declined is off until the person asks for it, which is not possible yet."""

    def taken(self, person_id: UUID, channels: Iterable[ChannelName]) -> list[ChannelName]:  # noqa: ARG002
        """The channels that the person accepts, in the given order."""
        return [channel for channel in channels if channel in ALWAYS_TAKEN]

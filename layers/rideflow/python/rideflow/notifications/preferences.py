"""The channels that a person takes.

Nobody can decline in-app messages, so nothing is stored while in-app is the one channel.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from rideflow.notifications.matrix import ChannelName

ALWAYS_TAKEN: frozenset[ChannelName] = frozenset({"in_app"})


class ChannelPreferences:
    """A channel that people can decline is off until they ask for it, and nobody can ask yet."""

    def taken(self, person_id: UUID, channels: Iterable[ChannelName]) -> list[ChannelName]:  # noqa: ARG002
        """Those of the channels that the person takes, in their order."""
        return [channel for channel in channels if channel in ALWAYS_TAKEN]

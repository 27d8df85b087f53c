"""The load of Redis by rides: the memory and the processor of the node that has most of it."""

from __future__ import annotations

from dataclasses import dataclass

from infra.costs import assumptions as a
from infra.costs import ride
from infra.costs.provisioned import Provisioned

_GIB = 1024**3
NODES = {
    "cache.t4g.micro": (0.5, 0.2),
    "cache.t4g.small": (1.37, 0.4),
    "cache.t4g.medium": (3.09, 0.4),
    "cache.m7g.large": (6.38, 1.0),
    "cache.r7g.large": (13.07, 1.0),
}
"""GiB of a node, and the cores that Redis can use on it for good: it uses one, a burstable node's share of less.

https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheNodes.SupportedTypes.html
"""
_RESERVED = 0.25
"""The share of the memory that ElastiCache keeps for itself."""
_USABLE = 0.5
_SECONDS_OF_A_DAY = 86_400


class TooSmallError(ValueError):
    """The stage's nodes of Redis cannot serve that many rides."""


@dataclass(frozen=True)
class Load:
    """At the peak. All drivers are assumed to be in one zone, whose keys lie on one shard.

    `core_share` is of the one core that Redis uses. `lasting_share` is the mean, of what the node may use for good.
    """

    drivers: float
    memory_bytes: float
    calls_per_s: float
    memory_share: float
    core_share: float
    lasting_share: float


def load(rides_per_day: float, stage: Provisioned) -> Load:
    rides_per_s = rides_per_day / _SECONDS_OF_A_DAY * a.PEAK_FACTOR
    drivers = rides_per_s * ride.DRIVER_ONLINE_S
    positions_kept = rides_per_s * ride.BUSY_S * ride.TRIP_POSITIONS
    memory = drivers * a.REDIS_DRIVER_BYTES + positions_kept * a.REDIS_POSITION_BYTES
    calls = rides_per_s * (ride.TRIP_POSITIONS + ride.WAITING_POSITIONS + a.REDIS_CALLS)
    cores = calls * a.REDIS_CALL_MS / 1000
    gib, lasting_cores = NODES[stage.redis_node_type]
    return Load(
        drivers=drivers,
        memory_bytes=memory,
        calls_per_s=calls,
        memory_share=memory / (gib * _GIB * (1 - _RESERVED)),
        core_share=cores,
        lasting_share=cores / a.PEAK_FACTOR / lasting_cores,
    )


def check(rides_per_day: float, stage: Provisioned) -> None:
    """Raises `TooSmallError` if a share is above a half: it leaves no room for a city that grows."""
    found = load(rides_per_day, stage)
    shares = {
        "memory": found.memory_share,
        "core at the peak": found.core_share,
        "lasting share of the processor": found.lasting_share,
    }
    for what, share in shares.items():
        if share > _USABLE:
            raise TooSmallError(
                f"{rides_per_day:,.0f} rides a day use {share:.0%} of the {what} of a {stage.redis_node_type}"
                f" of stage {stage.stage}; {_USABLE:.0%} are allowed"
            )

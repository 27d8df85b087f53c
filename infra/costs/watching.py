"""What an hour costs in which an operator looks at a market, on top of the stage's bill and of its rides."""

from __future__ import annotations

from collections.abc import Iterator

from infra.costs import assumptions as a
from infra.costs import prices as p
from infra.costs.bill import Line
from infra.costs.provisioned import Operation, Provisioned
from rideflow.operations.channel.producer import FRAME_EVERY, PRODUCES_FOR

PRODUCER: Operation = ("operations", "produce_frames")
WATCH: Operation = ("operations", "watch_market")

_HOUR_S = 3600.0
_GB = 1e9


def of_an_hour(stage: Provisioned) -> list[Line]:
    """For one person. A further one who looks at the same market costs `of_a_further_watcher`."""
    return [line for line in (*_producing(stage), *of_a_further_watcher(stage)) if line.quantity]


def of_a_further_watcher(stage: Provisioned) -> list[Line]:
    """Frames and the messages that ask for them; the producer is there already."""
    frames, messages = _HOUR_S / FRAME_EVERY.total_seconds(), _HOUR_S / a.WATCH_AGAIN_S
    seconds = messages * (a.HANDLER_MS / 1000)
    return [
        Line(p.WEBSOCKET_MESSAGE, frames + 2 * messages),
        Line(p.WEBSOCKET_MINUTE, _HOUR_S / 60),
        Line(p.LAMBDA_REQUEST, messages),
        Line(p.LAMBDA_GB_S, seconds * stage.memory_mb[WATCH] / 1024),
        Line(p.TRANSFER_OUT, frames * a.WATCH_FRAME_BYTES / _GB),
    ]


def _producing(stage: Provisioned) -> Iterator[Line]:
    """An invocation waits through the hour. A database that pauses stays awake for the statement of each second."""
    starts = _HOUR_S / PRODUCES_FOR.total_seconds()
    yield Line(p.LAMBDA_GB_S, _HOUR_S * stage.memory_mb[PRODUCER] / 1024)
    yield Line(p.LAMBDA_REQUEST, starts)
    yield Line(p.SQS_REQUEST, starts * a.REQUESTS_PER_MESSAGE)
    yield Line(p.ACU_HOUR, a.PAUSING_ACU if stage.database_pauses else 0)


def usd(lines: list[Line]) -> float:
    """At list prices: what is free each month is left to the rides."""
    return sum(line.quantity * line.price.usd / line.price.per for line in lines)

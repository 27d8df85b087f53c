"""Does what is on the agenda."""

from collections.abc import Callable, Iterable

from stripe_double import authentication, balance, charges, payouts, refunds
from stripe_double.agenda import Kind, Task
from stripe_double.world import World

_WORK: dict[Kind, Callable[[World, str], None]] = {
    "authentication_expires": authentication.expire,
    "balance_transaction": charges.book_late,
    "refund_settles": refunds.settle,
    "payout_arrives": payouts.arrive,
}


def catch_up(world: World) -> None:
    """Do what is due, and make funds available whose date has come. The caller holds the world's lock."""
    do(world, world.agenda.take_due(world.clock.now()))
    balance.settle(world)


def do(world: World, tasks: Iterable[Task]) -> None:
    for task in tasks:
        with world.acting_for(task.account):
            _WORK[task.kind](world, task.subject)

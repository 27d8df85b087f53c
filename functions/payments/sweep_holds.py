"""Announces holds that Stripe has had for long, so that each is compared with its order. Outside the VPC.

Needs: stripe, event_bus, guards.
Runs: every five minutes.
"""

from __future__ import annotations

from rideflow.kernel.consumer import scheduled
from rideflow.payments.outside_vpc_wiring import holds_sweep


def sweep_holds() -> dict[str, int]:
    return holds_sweep().sweep()


app = scheduled(sweep_holds, ahead=None)

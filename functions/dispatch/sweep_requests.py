"""Repairs matching: ticks where somebody waits, offers whose end was lost, requests whose saga did not end them.

Needs: database, redis, event_bus, realtime, dispatch, states.
Runs: every minute.
"""

from __future__ import annotations

from rideflow.dispatch.wiring import requests, requests_due_at
from rideflow.kernel.consumer import scheduled


def sweep_requests() -> int:
    return requests().sweep()


app = scheduled(sweep_requests, ahead=requests_due_at)

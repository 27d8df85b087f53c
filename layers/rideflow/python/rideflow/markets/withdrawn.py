"""The rules for trips and scheduled rides of a market that is no longer deployed: they end in time, at no cost.

The rules are the same for every such market. The times are those of the table in `kernel.state_timeouts`.
"""

from __future__ import annotations

from rideflow.markets.rules import (
    ApproachRules,
    ArrivalRules,
    CancellationRules,
    Rules,
    SchedulingRules,
    SilenceRules,
    StayRules,
    Stays,
)

_MINUTE, _HOUR = 60, 3600

RULES = Rules(
    cancellation=CancellationRules(
        cancellation_fee_minor=0, cancellation_grace_s=2 * _MINUTE, no_show_after_s=5 * _MINUTE
    ),
    scheduling=SchedulingRules(
        earliest_s=15 * _MINUTE,
        latest_days=30,
        most_open=10,
        apart_s=30 * _MINUTE,
        usual_pickup_s=8 * _MINUTE,
        pickups_needed=20,
        longest_pickup_s=40 * _MINUTE,
        slack_s=3 * _MINUTE,
        rider_waits_s=10 * _MINUTE,
    ),
    arrival=ArrivalRules(
        within_m=100, accuracy_counts_m=50, fix_counts_s=_MINUTE, latest_s=4 * _HOUR, clock_off_s=_MINUTE
    ),
    approach=ApproachRules(nearer_by_m=200, nearer_by_percent=20, noise_m=75, noise_percent=160),
    silence=SilenceRules(
        handed_back_after_s=3 * _MINUTE,
        listed_after_s=15 * _MINUTE,
        ended_after_s=4 * _HOUR,
        at_the_latest_s=12 * _HOUR,
    ),
    stays=Stays(
        driver_assigned=StayRules(listed_after_s=45 * _MINUTE, ended_after_s=2 * _HOUR),
        driver_arrived=StayRules(listed_after_s=_HOUR, ended_after_s=4 * _HOUR),
        in_progress=StayRules(listed_after_s=4 * _HOUR, listed_after_quotes=3, ended_after_s=16 * _HOUR),
    ),
)

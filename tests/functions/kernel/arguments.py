"""Arguments that the kernel's handlers pass on. The other four call a store directly; their tests use real stores."""

from tests.functions.spying import Case, call, leads_to

HANDED_ON: dict[str, list[Case]] = {
    "sweep_stuck_trips": [leads_to(call("stuck_trips.sweep"))],
}

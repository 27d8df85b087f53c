"""What the kernel's handlers hand on. The other four ask a store themselves, and are tested on real ones."""

from tests.functions.spying import Case, call, leads_to

HANDED_ON: dict[str, list[Case]] = {
    "sweep_stuck_trips": [leads_to(call("stuck_trips.sweep"))],
}

"""Arguments that the kernel's handlers pass on. The other four call a store directly; their tests use real stores."""

from uuid import UUID

from tests.functions.people import OPERATOR
from tests.functions.spying import Case, call, leads_to

EVENT = UUID("019a9c3e-5f20-7c11-8b6a-3d1f0e9a4b10")

HANDED_ON: dict[str, list[Case]] = {
    "list_set_aside": [
        leads_to(call("set_aside.all", 50)),
        leads_to(call("set_aside.all", 7), query={"limit": "7"}),
    ],
    "redrive_event": [leads_to(call("set_aside.redrive", OPERATOR, EVENT))],
    "sweep_stuck_trips": [leads_to(call("stuck_trips.sweep"))],
}

"""The state of the double: Stripe's objects as plain dicts, and facts about them that Stripe does not show."""

import secrets
import string
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

from stripe_double.agenda import Agenda, Kind, Task
from stripe_double.cards import Card
from stripe_double.errors import no_such
from stripe_double.faults import Faults
from stripe_double.settings import API_VERSION, Settings

type Object = dict[str, Any]
type Store = dict[str, dict[str, Object]]

_ALPHABET = string.ascii_letters + string.digits


def new_id(prefix: str, length: int = 23) -> str:
    """An id in Stripe's form: `cus_…` with 14, `pi_3…` with 23 letters and digits after the prefix."""
    return prefix + "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _new_store() -> Store:
    return defaultdict(dict)


class Clock:
    """The wall clock, which a test can move forward: authorisations then expire and idempotency keys lapse."""

    def __init__(self) -> None:
        self._ahead_s = 0

    def now(self) -> int:
        return int(time.time()) + self._ahead_s

    def advance(self, seconds: int) -> None:
        self._ahead_s += seconds


@dataclass(slots=True)
class RequestContext:
    """The request being worked on; its events name it. `account` is the connected account that it acts for."""

    request_id: str | None = None
    idempotency_key: str | None = None
    account: str | None = None


@dataclass(slots=True)
class World:
    """All state. Readers and writers hold `lock`, so every request sees and leaves a consistent state.

    - `url`: the double's own address, for links in its answers.
    - `stores[account]`: the objects of a connected account; `stores[None]`: those of the platform itself.
      `objects[kind][id]` is the store of the account that is acted for, in the order of creation.
    - `cards`: the behaviour of the card behind a payment method; `set_up`: the payment methods that a SetupIntent
      authenticated; `spent`: those that can never be used again.
    - `authenticated`: the intents whose holder has authenticated, and that a server has to confirm.
    - `increments`: how often a PaymentIntent's hold was tried to be raised.
    - `of_connected`: the webhook endpoints for connected accounts.
    - `failing_banks`: the bank accounts that refuse payouts, with the reason.
    - `links`: addresses for onboarding, with the account, the address to return to and the time of their end.
    - `pending_funds`: a heap of the transactions whose money is not available yet: the time, the id, the account.
    - `unsent`: the events that have not been handed to the webhooks yet.
    - `api_keys` are all taken, and events are signed with each of `webhook_secrets`, as while a key is rolled at
      Stripe; the first of each is the newest. `rights`: those of restricted keys, such as `customers:write`; a key that
      is not in it may everything.
    """

    settings: Settings
    url: str = ""
    lock: threading.RLock = field(default_factory=threading.RLock)
    clock: Clock = field(default_factory=Clock)
    faults: Faults = field(default_factory=Faults)
    context: RequestContext = field(default_factory=RequestContext)
    agenda: Agenda = field(default_factory=Agenda)
    stores: dict[str | None, Store] = field(default_factory=lambda: defaultdict(_new_store))
    cards: dict[str, Card] = field(default_factory=dict)
    set_up: set[str] = field(default_factory=set)
    spent: set[str] = field(default_factory=set)
    expired_charges: set[str] = field(default_factory=set)
    authenticated: set[str] = field(default_factory=set)
    of_connected: set[str] = field(default_factory=set)
    failing_banks: dict[str, str] = field(default_factory=dict)
    links: dict[str, tuple[str, str | None, int]] = field(default_factory=dict)
    pending_funds: list[tuple[int, str, str | None]] = field(default_factory=list)
    increments: Counter[str] = field(default_factory=Counter)
    unsent: list[Object] = field(default_factory=list)
    api_keys: list[str] = field(default_factory=list)
    webhook_secrets: list[str] = field(default_factory=list)
    rights: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._first_secrets()

    @property
    def objects(self) -> Store:
        return self.stores[self.context.account]

    @contextmanager
    def acting_for(self, account: str | None) -> Iterator[None]:
        """Work in the store of a connected account, or of the platform (None); the request stays the same."""
        before, self.context = self.context, replace(self.context, account=account)
        try:
            yield
        finally:
            self.context = before

    def owner_of(self, kind: str, identifier: str) -> str | None:
        """The connected account that has the object; None if the platform has it, or nobody."""
        return next((account for account, store in self.stores.items() if identifier in store[kind]), None)

    def later(self, seconds: int | None, kind: Kind, subject: str) -> None:
        """Put a task on the agenda; without a time it waits for the control API."""
        due = None if seconds is None else self.clock.now() + seconds
        self.agenda.add(Task(kind, subject, self.context.account, due))

    def keep(self, thing: Object) -> Object:
        self.objects[thing["object"]][thing["id"]] = thing
        return thing

    def find(self, kind: str, identifier: str, param: str = "id", status: int = 400) -> Object:
        """The object itself, to be changed in place. Raises for a missing or deleted one."""
        found = self.objects[kind].get(identifier)
        if found is None or found.get("deleted"):
            raise no_such(kind, identifier, param, status)
        return found

    def all(self, kind: str) -> list[Object]:
        return [thing for thing in self.objects[kind].values() if not thing.get("deleted")]

    def emit(self, kind: str, thing: Object, previous: Object | None = None) -> None:
        """Add an event with a copy of the object's present state."""
        data: Object = {"object": deepcopy(thing)}
        if previous is not None:
            data["previous_attributes"] = deepcopy(previous)
        event: Object = {
            "id": new_id("evt_1"),
            "object": "event",
            "api_version": API_VERSION,
            "created": self.clock.now(),
            "data": data,
            "livemode": False,
            "pending_webhooks": 0,
            "request": {"id": self.context.request_id, "idempotency_key": self.context.idempotency_key},
            "type": kind,
        }
        if self.context.account is not None:
            event["account"] = self.context.account
        self.unsent.append(self.keep(event))

    def forget(self, *, keep_webhook_endpoints: bool) -> None:
        endpoints = dict(self.objects["webhook_endpoint"]) if keep_webhook_endpoints else {}
        self.of_connected &= endpoints.keys()
        self.stores.clear()
        self.objects["webhook_endpoint"] |= endpoints
        for kept in (self.cards, self.failing_banks, self.links, self.increments):
            kept.clear()
        for ids in (self.set_up, self.spent, self.expired_charges, self.authenticated):
            ids.clear()
        self.unsent.clear()
        self.pending_funds.clear()
        self.agenda = Agenda()
        self.faults.clear()
        self.clock = Clock()
        self._first_secrets()

    def _first_secrets(self) -> None:
        self.api_keys = [self.settings.api_key]
        self.webhook_secrets = [self.settings.webhook_secret]
        self.rights = {}

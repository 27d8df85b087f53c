"""The control API of the Stripe double, under /_double/ (JSON in, JSON out, no key: it is bound to loopback).

Faults of requests
  POST   /_double/faults            ask for a fault; answers it with its id
  GET    /_double/faults            those asked for, with `times` left and `hits`
  DELETE /_double/faults[/{id}]     forget one or all
    kind           timeout_after_work  do the work, then say nothing (until the client leaves, or `seconds`)
                   close_after_work    do the work, then close the connection without an answer
                   error_before_work   answer `status` (500) without the work
                   error_after_work    do the work, then answer `status` (500)
                   rate_limit          answer 429; nothing is done and the idempotency key stays free
                   lock_timeout        answer 429 with the code lock_timeout: another request holds the object
                   slow                wait `seconds`, then work and answer; the idempotency key is at work meanwhile
                   reset               reset the connection; nothing is done
                   challenge           the bank wants the card's holder to authenticate (3-D Secure): a payment on
                                       session waits (requires_action), and one off_session is declined
                   decline             the bank declines: `operation` charge, capture, increment, setup or * ; `decline`
                                       e.g. insufficient_funds; `advice_code` replaces its usual one;
                                       `keep_authorization` leaves a hold that was not captured
                   late_balance_transaction  a capture has no balance_transaction until `seconds` of the clock passed,
                                       or /_double/later says so; then charge.updated comes
                   pending_refund      a refund is pending, until the same
    times          how many requests it hits (1); null: every one        skip   let so many pass first (0)
    method, path   POST and * (a glob such as /v1/payment_intents/*/capture); method * is any
    metadata, customer, payment_intent   only requests about these; metadata of the request or of what it addresses
    remember       false: an error_before_work is not kept under the idempotency key (true, as Stripe documents)
  A retry that is answered from an idempotency key is hit like any other request.

Faults of webhooks
  POST   /_double/webhook_faults    {"action": "duplicate" | "drop" | "delay" | "hold" | "second_event",
                                    "times", "type" (a glob), "metadata", "copies" (2), "seconds" (1)};
                                    second_event: two Events, with two ids, tell of one fact
  DELETE /_double/webhook_faults    forget all
  POST   /_double/webhooks/release  send what is held: {"order": [types or event ids]}, {"shuffle": seed} or
                                    {"reverse": true}; else as it happened
  POST   /_double/events/{id}/resend
  GET    /_double/deliveries        pending, held, faults, attempts

The world
  GET    /_double/totals[?key=order_id]  captured_minor, refunded_minor, held_minor, fees_minor, payment_intents by
                                    status; with `key` also the same per value of that metadata key
  GET    /_double/requests          the request log
  POST   /_double/authenticate      {"intent": "pi_… or seti_…", "outcome": "succeed" | "fail" | "expire"}: 3-D Secure,
                                    as a card's holder passes it, fails, or lets the time pass. A phone needs no
                                    control: it opens the address in `next_action` (which has two buttons), or posts
                                    outcome=succeed or outcome=fail to it
  POST   /_double/expire            {"payment_intent": id, "notify": true}: the authorisation ends; capture is refused
                                    (charge_expired_for_capture) and, with notify, Stripe cancels the intent
  POST   /_double/clock             {"advance_s": n}: time passes
  POST   /_double/secrets           {"api_keys": [...], "webhook_secrets": [...]}: the keys that are valid from now on,
                                    the newest first; events are signed with each secret, as while one is rolled.
                                    "rights": {key: ["customers:write", "balance:read", ...]} restricts keys to these
  POST   /_double/reset             {"keep_webhook_endpoints": true}: forget everything
"""

from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stripe_double import authentication, cards, payments, time_passes
from stripe_double.faults import Fault, FaultKind
from stripe_double.gateway import Gateway
from stripe_double.totals import totals
from stripe_double.webhooks import Action, WebhookFault, Webhooks
from stripe_double.world import World

DECLINES = {
    "generic_decline": cards.GENERIC,
    "insufficient_funds": cards.INSUFFICIENT_FUNDS,
    "lost_card": cards.LOST_CARD,
    "stolen_card": cards.STOLEN_CARD,
    "expired_card": cards.EXPIRED_CARD,
    "incorrect_cvc": cards.INCORRECT_CVC,
    "processing_error": cards.PROCESSING_ERROR,
    "card_velocity_exceeded": cards.VELOCITY,
    "fraudulent": cards.FRAUDULENT,
    "do_not_honor": cards.DO_NOT_HONOR,
    "try_again_later": cards.TRY_AGAIN_LATER,
    "issuer_not_available": cards.ISSUER_NOT_AVAILABLE,
    "pickup_card": cards.PICKUP_CARD,
    "authentication_required": cards.AUTHENTICATION_REQUIRED,
}


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AskedFault(_Asked):
    kind: FaultKind
    times: int | None = Field(1, ge=1)
    skip: int = Field(0, ge=0)
    method: Literal["*", "GET", "POST", "DELETE"] = "POST"
    path: str = "*"
    metadata: dict[str, str] = {}
    customer: str | None = None
    payment_intent: str | None = None
    seconds: float | None = Field(None, ge=0)
    status: int = Field(500, ge=500, le=599)
    remember: bool = True
    operation: Literal["*", "charge", "capture", "increment", "setup"] = "*"
    decline: str = "generic_decline"
    advice_code: Literal["confirm_card_data", "do_not_try_again", "try_again_later"] | None = None
    keep_authorization: bool = False

    def fault(self) -> Fault:
        asked = self.model_dump(exclude={"decline", "advice_code"})
        return Fault(**asked, decline=self._decline() if self.kind is FaultKind.DECLINE else None)

    def _decline(self) -> cards.Decline:
        known = DECLINES[self.decline]
        return known if self.advice_code is None else replace(known, advice_code=self.advice_code)


class AskedWebhookFault(_Asked):
    action: Action
    times: int | None = Field(1, ge=1)
    type: str = "*"
    metadata: dict[str, str] = {}
    copies: int = Field(2, ge=1)
    seconds: float = Field(1.0, ge=0)


class Release(_Asked):
    order: list[str] | None = None
    shuffle: int | None = None
    reverse: bool = False


class Authentication(_Asked):
    intent: str
    outcome: authentication.Outcome = "succeed"


class Expiry(_Asked):
    payment_intent: str
    notify: bool = True


class Advance(_Asked):
    advance_s: int = Field(ge=0)


class RolledSecrets(_Asked):
    api_keys: list[str] | None = Field(None, min_length=1)
    webhook_secrets: list[str] | None = Field(None, min_length=1)
    rights: dict[str, list[Annotated[str, Field(pattern="^[a-z_]+:(read|write)$")]]] | None = None


class Reset(_Asked):
    keep_webhook_endpoints: bool = True


async def _body[Model: BaseModel](request: Request, model: type[Model]) -> Model:
    return model.model_validate_json(await request.body() or b"{}")


def refused(_request: Request, problem: Exception) -> Response:
    """The answer to a control request that makes no sense."""
    if isinstance(problem, ValidationError):
        return JSONResponse({"problem": problem.errors(include_url=False, include_context=False)}, 422)
    return JSONResponse({"problem": str(problem)}, 422)


class Control:
    def __init__(self, world: World, gateway: Gateway, webhooks: Webhooks) -> None:
        self._world = world
        self._gateway = gateway
        self._webhooks = webhooks

    def routes(self) -> list[Route]:
        table: list[tuple[str, str, Any]] = [
            ("POST", "/faults", self.ask),
            ("GET", "/faults", self.show_faults),
            ("DELETE", "/faults", self.forget_faults),
            ("DELETE", "/faults/{id}", self.forget_faults),
            ("POST", "/webhook_faults", self.ask_webhook_fault),
            ("DELETE", "/webhook_faults", self.forget_webhook_faults),
            ("POST", "/webhooks/release", self.release),
            ("POST", "/events/{id}/resend", self.resend),
            ("GET", "/deliveries", self.show_deliveries),
            ("GET", "/totals", self.show_totals),
            ("GET", "/requests", self.show_requests),
            ("POST", "/authenticate", self.authenticate),
            ("POST", "/expire", self.expire),
            ("POST", "/clock", self.advance),
            ("POST", "/secrets", self.roll),
            ("POST", "/reset", self.reset),
        ]
        return [Route(f"/_double{path}", run, methods=[method]) for method, path, run in table]

    async def ask(self, request: Request) -> Response:
        asked = await _body(request, AskedFault)
        if asked.decline not in DECLINES:
            raise ValueError(f"decline must be one of {', '.join(DECLINES)}")
        if asked.kind is FaultKind.ERROR_AFTER_WORK and not asked.remember:
            raise ValueError("work that was done is always remembered")
        return JSONResponse(self._world.faults.add(asked.fault()).view(), 201)

    async def show_faults(self, _request: Request) -> Response:
        return JSONResponse({"faults": self._world.faults.view()})

    async def forget_faults(self, request: Request) -> Response:
        if identifier := request.path_params.get("id"):
            return JSONResponse({"removed": self._world.faults.remove(identifier)})
        self._world.faults.clear()
        return JSONResponse({"removed": True})

    async def ask_webhook_fault(self, request: Request) -> Response:
        asked = await _body(request, AskedWebhookFault)
        self._webhooks.add_fault(WebhookFault(**asked.model_dump()))
        return JSONResponse(asked.model_dump(), 201)

    async def forget_webhook_faults(self, _request: Request) -> Response:
        self._webhooks.clear_faults()
        return JSONResponse({"removed": True})

    async def release(self, request: Request) -> Response:
        asked = await _body(request, Release)
        return JSONResponse({"released": self._webhooks.release(asked.order, asked.shuffle, reverse=asked.reverse)})

    async def resend(self, request: Request) -> Response:
        event = self._world.find("event", request.path_params["id"])
        self._webhooks.send(event)
        return JSONResponse({"resent": event["id"]})

    async def show_deliveries(self, _request: Request) -> Response:
        return JSONResponse(self._webhooks.view())

    async def show_totals(self, request: Request) -> Response:
        with self._world.lock:
            return JSONResponse(totals(self._world, request.query_params.get("key")))

    async def show_requests(self, _request: Request) -> Response:
        return JSONResponse({"requests": [incoming.view() for incoming in self._gateway.log]})

    async def authenticate(self, request: Request) -> Response:
        asked = await _body(request, Authentication)
        kind = authentication.kind_of(asked.intent)
        with self._world.lock, self._world.acting_for(self._world.owner_of(kind, asked.intent)):
            intent = authentication.waiting(self._world, asked.intent)
            authentication.decide(self._world, intent, asked.outcome)
        self._webhooks.pump()
        return JSONResponse({"status": intent["status"]})

    async def expire(self, request: Request) -> Response:
        asked = await _body(request, Expiry)
        owner = self._world.owner_of("payment_intent", asked.payment_intent)
        with self._world.lock, self._world.acting_for(owner):
            intent = self._world.find("payment_intent", asked.payment_intent)
            payments.refuse_unless(intent, payments.CAPTURABLE, "expired")
            self._world.expired_charges.add(intent["latest_charge"])
            if asked.notify:
                payments.cancel(self._world, intent, payments.EXPIRED)
        self._webhooks.pump()
        return JSONResponse({"status": intent["status"]})

    async def advance(self, request: Request) -> Response:
        asked = await _body(request, Advance)
        with self._world.lock:
            self._world.clock.advance(asked.advance_s)
            time_passes.catch_up(self._world)
        self._webhooks.pump()
        return JSONResponse({"now": self._world.clock.now()})

    async def roll(self, request: Request) -> Response:
        asked = await _body(request, RolledSecrets)
        with self._world.lock:
            self._world.api_keys = asked.api_keys or self._world.api_keys
            self._world.webhook_secrets = asked.webhook_secrets or self._world.webhook_secrets
            self._world.rights = self._world.rights if asked.rights is None else asked.rights
        return JSONResponse({"rolled": True})

    async def reset(self, request: Request) -> Response:
        asked = await _body(request, Reset)
        await self._webhooks.forget()
        with self._world.lock:
            self._world.forget(keep_webhook_endpoints=asked.keep_webhook_endpoints)
            self._gateway.forget()
        return JSONResponse({"reset": True})

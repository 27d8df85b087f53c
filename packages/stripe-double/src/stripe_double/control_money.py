"""What happens to money at banks, under /_double/ like the rest.

Money at banks
  POST   /_double/refunds           {"refund": id, "outcome": "succeed" | "fail", "reason"}: a bank takes a pending
                                    refund, or gives one back, also after it succeeded
  POST   /_double/disputes          {"charge": id, "reason": "fraudulent", "inquiry": false}: a holder disputes a
                                    charge; {"dispute": id, "outcome": "won" | "lost"}: the bank decides
  POST   /_double/payouts           {"payout": id, "outcome": "pay" | "fail", "code"}
  POST   /_double/accounts          {"account": id, "enabled": true}: the holder of a connected account gives what
                                    Stripe wants, or Stripe wants more of it
  GET    /_double/later             what will come by itself, and when
  POST   /_double/later             {"subject": id}: it comes now; without a subject all of it
"""

from contextlib import AbstractContextManager
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stripe_double import accounts, disputes, payouts, refunds, time_passes
from stripe_double.webhooks import Webhooks
from stripe_double.world import Object, World


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class RefundOutcome(_Asked):
    refund: str
    outcome: Literal["succeed", "fail"] = "succeed"
    reason: Literal[
        "charge_for_pending_refund_disputed", "declined", "expired_or_canceled_card", "lost_or_stolen_card", "unknown"
    ] = "expired_or_canceled_card"


class AskedDispute(_Asked):
    charge: str | None = None
    reason: Literal[
        "fraudulent", "general", "product_not_received", "duplicate", "unrecognized", "credit_not_processed"
    ] = "fraudulent"
    inquiry: bool = False
    dispute: str | None = None
    outcome: Literal["won", "lost"] = "lost"


class PayoutOutcome(_Asked):
    payout: str
    outcome: Literal["pay", "fail"] = "pay"
    code: Literal[
        "account_closed",
        "no_account",
        "insufficient_funds",
        "debit_not_authorized",
        "invalid_currency",
        "could_not_process",
    ] = "could_not_process"


class Onboarding(_Asked):
    account: str
    enabled: bool = True


class Later(_Asked):
    subject: str | None = None


async def _body[Model: BaseModel](request: Request, model: type[Model]) -> Model:
    return model.model_validate_json(await request.body() or b"{}")


class MoneyControl:
    def __init__(self, world: World, webhooks: Webhooks) -> None:
        self._world = world
        self._webhooks = webhooks

    def routes(self) -> list[Route]:
        table: list[tuple[str, str, Any]] = [
            ("POST", "/refunds", self.refund),
            ("POST", "/disputes", self.dispute),
            ("POST", "/payouts", self.payout),
            ("POST", "/accounts", self.onboard),
            ("GET", "/later", self.show_later),
            ("POST", "/later", self.come),
        ]
        return [Route(f"/_double{path}", run, methods=[method]) for method, path, run in table]

    async def refund(self, request: Request) -> Response:
        asked = await _body(request, RefundOutcome)
        with self._world.lock, self._owner("refund", asked.refund):
            refund = self._world.find("refund", asked.refund)
            may = ("pending",) if asked.outcome == "succeed" else ("pending", "succeeded")
            _refuse_unless(refund["status"], may)
            self._world.agenda.forget(refund["id"], "refund_settles")
            if asked.outcome == "succeed":
                refunds.succeed(self._world, refund)
            else:
                refunds.fail(self._world, refund, asked.reason)
        return self._told(refund["status"])

    async def dispute(self, request: Request) -> Response:
        asked = await _body(request, AskedDispute)
        if (asked.charge is None) is (asked.dispute is None):
            raise ValueError("name a charge to be disputed, or a dispute to be decided")
        with self._world.lock:
            dispute = self._dispute(asked.charge, asked) if asked.charge else self._decide(str(asked.dispute), asked)
        return self._told(dispute["status"], id=dispute["id"])

    def _dispute(self, charge_id: str, asked: AskedDispute) -> Object:
        with self._owner("charge", charge_id):
            charge = self._world.find("charge", charge_id)
            _refuse_unless("captured" if charge["captured"] else "not captured", ("captured",))
            return disputes.begin(self._world, charge, asked.reason, inquiry=asked.inquiry)

    def _decide(self, dispute_id: str, asked: AskedDispute) -> Object:
        with self._owner("dispute", dispute_id):
            dispute = self._world.find("dispute", dispute_id)
            _refuse_unless(dispute["status"], disputes.OPEN)
            disputes.end(self._world, dispute, won=asked.outcome == "won")
            return dispute

    async def payout(self, request: Request) -> Response:
        asked = await _body(request, PayoutOutcome)
        with self._world.lock, self._owner("payout", asked.payout):
            payout = self._world.find("payout", asked.payout)
            _refuse_unless(payout["status"], ("pending",) if asked.outcome == "pay" else ("pending", "paid"))
            self._world.agenda.forget(payout["id"], "payout_arrives")
            if asked.outcome == "pay":
                payouts.pay(self._world, payout)
            else:
                payouts.fail(self._world, payout, asked.code)
        return self._told(payout["status"])

    async def onboard(self, request: Request) -> Response:
        asked = await _body(request, Onboarding)
        with self._world.lock:
            accounts.onboard(self._world, self._world.find("account", asked.account), enabled=asked.enabled)
        return self._told("enabled" if asked.enabled else "disabled")

    async def show_later(self, _request: Request) -> Response:
        with self._world.lock:
            return JSONResponse({"tasks": self._world.agenda.view()})

    async def come(self, request: Request) -> Response:
        asked = await _body(request, Later)
        with self._world.lock:
            tasks = self._world.agenda.take(asked.subject)
            time_passes.do(self._world, tasks)
        self._webhooks.pump()
        return JSONResponse({"done": len(tasks)})

    def _owner(self, kind: str, identifier: str) -> AbstractContextManager[None]:
        """Acts for the connected account that has the object."""
        return self._world.acting_for(self._world.owner_of(kind, identifier))

    def _told(self, status: str, **more: str) -> Response:
        self._webhooks.pump()
        return JSONResponse({"status": status, **more})


def _refuse_unless(status: str, may: tuple[str, ...]) -> None:
    if status not in may:
        raise ValueError(f"it is {status}; it must be {' or '.join(may)}")

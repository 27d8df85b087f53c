"""Pages for people. At the first a card's holder authenticates, as in Stripe's test mode: two buttons, pass or fail.

`next_action` of an intent has its address. A phone opens it in a browser and comes back to `return_url`; a script posts
`outcome=succeed` or `outcome=fail` to it. The client secret in the address is the right to do so; no key is needed.
Source: https://docs.stripe.com/payments/3d-secure/authentication-flow#manual-redirect.

At the second one, the address of an account link, the holder of a connected account gives the details that Stripe
wants.
"""

from contextlib import AbstractContextManager
from html import escape
from typing import get_args
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from stripe_double import accounts, amounts
from stripe_double.authentication import Outcome, decide, waiting
from stripe_double.errors import ApiError
from stripe_double.webhooks import Webhooks
from stripe_double.world import Object, World

PATH = "/3d_secure_2/hosted"
_KINDS = ("payment_intent", "setup_intent")


class Hosted:
    def __init__(self, world: World, webhooks: Webhooks) -> None:
        self._world = world
        self._webhooks = webhooks

    def routes(self) -> list[Route]:
        return [
            Route(PATH, self.show, methods=["GET"]),
            Route(PATH, self.answer, methods=["POST"]),
            Route("/setup/{rest:path}", self.show_onboarding, methods=["GET"]),
            Route("/setup/{rest:path}", self.onboard, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        with self._world.lock, self._owner(request):
            intent = self._intent(request)
        if intent is None:
            return _page("There is nothing to authenticate here.", 404)
        amount = amounts.shown(intent["amount"], intent["currency"]) if "amount" in intent else "a saved card"
        return _page(f"Your bank asks you to confirm {escape(amount)}.{_BUTTONS}")

    async def answer(self, request: Request) -> Response:
        """Decide, and send the holder back to `return_url` with the outcome, or show it if there is none."""
        asked = dict(parse_qsl((await request.body()).decode(errors="replace"))).get("outcome")
        outcome = next((each for each in get_args(Outcome.__value__) if each == asked), None)
        if outcome is None:
            return _page("Post outcome=succeed or outcome=fail.", 400)
        with self._world.lock, self._owner(request):
            intent = self._intent(request)
            if intent is None:
                return _page("There is nothing to authenticate here.", 404)
            back = (intent["next_action"].get("redirect_to_url") or {}).get("return_url")
            decide(self._world, intent, outcome)
        self._webhooks.pump()
        if back is None:
            return _page("Thank you. You can close this page.")
        return RedirectResponse(_with_outcome(back, intent, outcome), 303)

    async def show_onboarding(self, request: Request) -> Response:
        if self._link(request) is None:
            return _page("This link has expired.", 404)
        return _page('<form method="post"><button>Give the details</button></form>')

    async def onboard(self, request: Request) -> Response:
        """The holder of a connected account gives what Stripe wants: https://docs.stripe.com/connect/hosted-onboarding."""
        with self._world.lock:
            link = self._link(request)
            account = self._world.stores[None]["account"].get(link[0]) if link else None
            if link is None or account is None:
                return _page("This link has expired.", 404)
            accounts.onboard(self._world, account)
            del self._world.links[self._url(request)]
        self._webhooks.pump()
        return RedirectResponse(link[1], 303) if link[1] else _page("Thank you. You can close this page.")

    def _url(self, request: Request) -> str:
        return f"{self._world.url}{request.url.path}"

    def _link(self, request: Request) -> tuple[str, str | None, int] | None:
        link = self._world.links.get(self._url(request))
        return link if link is not None and self._world.clock.now() < link[2] else None

    def _owner(self, request: Request) -> AbstractContextManager[None]:
        """Acts for the connected account that has the intent of the address."""
        asked = ((kind, request.query_params.get(kind, "")) for kind in _KINDS)
        owners = (self._world.owner_of(kind, identifier) for kind, identifier in asked)
        return self._world.acting_for(next(filter(None, owners), None))

    def _intent(self, request: Request) -> Object | None:
        """The waiting intent that the address names with its client secret."""
        query = request.query_params
        for kind in _KINDS:
            try:
                intent = waiting(self._world, query.get(kind, ""))
            except (ApiError, ValueError):
                continue
            if query.get(f"{kind}_client_secret") == intent["client_secret"]:
                return intent
        return None


def _with_outcome(return_url: str, intent: Object, outcome: str) -> str:
    parts = urlsplit(return_url)
    kind = intent["object"]
    told = {
        kind: intent["id"],
        f"{kind}_client_secret": intent["client_secret"],
        "redirect_status": "succeeded" if outcome == "succeed" else "failed",
    }
    return urlunsplit(parts._replace(query="&".join(filter(None, [parts.query, urlencode(told)]))))


_BUTTONS = """
<form method="post">
  <button name="outcome" value="succeed">Complete authentication</button>
  <button name="outcome" value="fail">Fail authentication</button>
</form>"""


def _page(content: str, status: int = 200) -> Response:
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Stripe double</title>'
    return HTMLResponse(f"{head}<main>{content}</main></html>", status)

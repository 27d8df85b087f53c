"""Connected accounts, which a platform pays out to: https://docs.stripe.com/api/accounts.

An account begins without its holder's details. It can receive transfers and pay out once it was onboarded: at the
address of an account link, or by the control API. A standard account manages its own, so a platform can transfer to it
at once.
What belongs to an account is asked for with `Stripe-Account` (https://docs.stripe.com/connect/authentication).
"""

from typing import Any

from stripe_double import account_shape, lists
from stripe_double.account_shape import WANTED
from stripe_double.errors import no_such, refused
from stripe_double.operations import Call, Operation
from stripe_double.parameters import (
    CURSOR,
    PAGE,
    Parameter,
    Specification,
    anything,
    choice,
    currency_code,
    mapping,
    merged_metadata,
    metadata,
    required,
    text,
)
from stripe_double.world import Object, World, new_id

FAILING_NUMBERS = {
    "000111111113": "account_closed",
    "000111111116": "no_account",
    "000222222227": "insufficient_funds",
    "000333333335": "debit_not_authorized",
    "000444444440": "invalid_currency",
}
"""Numbers of bank accounts that refuse payouts: https://docs.stripe.com/connect/testing#account-numbers."""
GOOD_NUMBER = "000123456789"


def create(call: Call) -> Object:
    world, given = call.world, call.given
    account = account_shape.build(world.clock.now(), given)
    world.keep(account)
    _apply(account, given)
    if bank := given.get("external_account"):
        _add_bank(world, account, bank)
    return account


def _apply(account: Object, given: dict[str, Any]) -> None:
    for name in ("email", "business_type", "default_currency"):
        if name in given:
            account[name] = given[name]
    for name in ("business_profile", "settings"):
        account[name] = account[name] | (given.get(name) or {})
    for name, wish in (given.get("capabilities") or {}).items():
        is_active = account["details_submitted"] or account["type"] == "standard"
        if isinstance(wish, dict) and wish.get("requested") == "true":
            account["capabilities"][name] = "active" if is_active else "inactive"
    if "metadata" in given:
        account["metadata"] = merged_metadata(account["metadata"], given["metadata"])


def update(call: Call) -> Object:
    account = _find(call)
    _apply(account, call.given)
    if bank := call.given.get("external_account"):
        _add_bank(call.world, account, bank)
    _tell_update(call.world, account)
    return account


def _tell_update(world: World, account: Object) -> None:
    """An event of the account itself."""
    with world.acting_for(account["id"]):
        world.emit("account.updated", account)


def onboard(world: World, account: Object, *, enabled: bool = True) -> None:
    """The holder has given the details, or (`enabled` false) Stripe wants more and disables the account."""
    if enabled and not account["external_accounts"]["data"]:
        _add_bank(world, account, {"account_number": GOOD_NUMBER})
    account |= {"charges_enabled": enabled, "details_submitted": True, "payouts_enabled": enabled}
    account["capabilities"] = dict.fromkeys(account["capabilities"], "active" if enabled else "inactive")
    due = [] if enabled else list(WANTED)
    account["requirements"] |= {"currently_due": due, "eventually_due": due, "past_due": due}
    account["requirements"]["disabled_reason"] = None if enabled else "requirements.past_due"
    _tell_update(world, account)


def refuse_unknown(world: World, account_id: str, param: str) -> None:
    """Raise for an account that the platform does not have, as Stripe words it for a destination."""
    if account_id not in world.stores[None]["account"]:
        raise no_such("destination", account_id, param)


def refuse_without_transfers(world: World, account_id: str) -> None:
    """Source: https://docs.stripe.com/connect/account-capabilities#transfers-cross-border."""
    account = world.stores[None]["account"][account_id]
    if account["type"] != "standard" and account["capabilities"].get("transfers") != "active":
        message = (
            "Your destination account needs to have at least one of the following capabilities enabled: transfers, "
            "crypto_transfers, legacy_payments"
        )
        raise refused(message, code="insufficient_capabilities_for_transfer")


def refuse_without_payouts(world: World) -> None:
    """Raise if the account that is acted for cannot pay out yet."""
    account = world.stores[None]["account"].get(world.context.account or "")
    if account is not None and not account["payouts_enabled"]:
        raise refused("Payouts are not enabled for this account.", code="payouts_not_allowed")


def bank_of(world: World, currency: str, wanted: str | None) -> Object:
    """The bank account that a payout goes to. The platform has one for each currency."""
    banks = [each for each in world.all("bank_account") if each["currency"] == currency]
    if wanted is not None:
        return world.find("bank_account", wanted, "destination")
    if world.context.account is None and not banks:
        return world.keep(account_shape.build_bank({"currency": currency, "account_number": GOOD_NUMBER}))
    if not banks:
        raise refused(f"Sorry, you don't have any external accounts in that currency ({currency}).")
    return banks[-1]


def _add_bank(world: World, account: Object, given: dict[str, Any]) -> Object:
    bank = account_shape.build_bank({"currency": account["default_currency"], "country": account["country"], **given})
    bank |= {"account": account["id"], "default_for_currency": True, "available_payout_methods": ["standard"]}
    with world.acting_for(account["id"]):
        world.keep(bank)
        world.emit("account.external_account.created", bank)
    account["external_accounts"]["data"].insert(0, bank)
    if why := FAILING_NUMBERS.get(given["account_number"]):
        world.failing_banks[bank["id"]] = why
    return bank


def add_bank(call: Call) -> Object:
    return _add_bank(call.world, _find(call), call.given["external_account"])


def list_banks(call: Call) -> Object:
    account = _find(call)
    rows = account["external_accounts"]["data"][::-1]
    return lists.page(rows, {**call.given, "created": None}, account["external_accounts"]["url"])


def _find(call: Call) -> Object:
    with call.world.acting_for(None):
        return call.world.find("account", call.path["id"], status=404)


def retrieve(call: Call) -> Object:
    return _find(call)


def delete(call: Call) -> Object:
    """Delete the account. Its platform hears of it as of an account that took its permission back."""
    world, account = call.world, _find(call)
    with world.acting_for(account["id"]):
        application = {"id": new_id("ca_", 24), "object": "application", "name": "The platform"}
        world.emit("account.application.deauthorized", application)
    world.stores[None]["account"].pop(account["id"])
    return {"id": account["id"], "object": "account", "deleted": True}


def list_all(call: Call) -> Object:
    return lists.page(call.world.all("account"), call.given, "/v1/accounts")


def link(call: Call) -> Object:
    """An address at which the holder gives the details: https://docs.stripe.com/api/account_links."""
    world, given = call.world, call.given
    account = world.find("account", given["account"], "account")
    now = world.clock.now()
    url = f"{world.url}/setup/{given['type']}/{account['id']}/{new_id('', 12)}"
    world.links[url] = (account["id"], given.get("return_url"), now + LINK_LIFETIME_S)
    return {"object": "account_link", "created": now, "expires_at": now + LINK_LIFETIME_S, "url": url}


LINK_LIFETIME_S = 5 * 60

_BANK = mapping(
    object=choice("bank_account"),
    account_holder_name=text(),
    account_holder_type=choice("company", "individual"),
    account_number=required(text()),
    country=text(2),
    currency=Parameter(currency_code),
    routing_number=text(),
)
_UPDATE: Specification = {
    "business_profile": anything(),
    "business_type": choice("company", "government_entity", "individual", "non_profit"),
    "capabilities": anything(),
    "company": anything(),
    "default_currency": Parameter(currency_code),
    "email": text(),
    "external_account": _BANK,
    "individual": anything(),
    "metadata": metadata(),
    "settings": anything(),
    "tos_acceptance": anything(),
}
_CREATE: Specification = {
    **_UPDATE,
    "controller": anything(),
    "country": text(2),
    "type": choice("custom", "express", "standard"),
}
_LINK: Specification = {
    "account": required(text()),
    "collect": choice("currently_due", "eventually_due"),
    "refresh_url": text(),
    "return_url": text(),
    "type": required(choice("account_onboarding", "account_update")),
}
_ONE = "/v1/accounts/{id}"

OPERATIONS = (
    Operation("POST", "/v1/accounts", create, "account", _CREATE),
    Operation("GET", "/v1/accounts", list_all, "list:account", PAGE),
    Operation("GET", _ONE, retrieve, "account"),
    Operation("POST", _ONE, update, "account", _UPDATE),
    Operation("DELETE", _ONE, delete, "account"),
    Operation("POST", f"{_ONE}/external_accounts", add_bank, "bank_account", {"external_account": required(_BANK)}),
    Operation("GET", f"{_ONE}/external_accounts", list_banks, "list:bank_account", CURSOR),
    Operation("POST", "/v1/account_links", link, "account_link", _LINK),
)

"""The fields of a connected account and of its bank account."""

import hashlib
from typing import Any

from stripe_double.world import Object, new_id

WANTED = (
    "business_profile.url",
    "external_account",
    "individual.id_number",
    "tos_acceptance.date",
    "tos_acceptance.ip",
)
_ADDRESS = ("city", "country", "line1", "line2", "postal_code", "state")


def build(created: int, given: dict[str, Any]) -> Object:
    """A new account. A standard one has its holder's details, which its own dashboard asks for."""
    identifier = new_id("acct_1", 15)
    kind = given.get("type") or ("express" if given.get("controller") else "standard")
    is_standard = kind == "standard"
    return {
        "id": identifier,
        "object": "account",
        "business_profile": _business_profile(),
        "business_type": None,
        "capabilities": {"card_payments": "active", "transfers": "active"} if is_standard else {},
        "charges_enabled": is_standard,
        "controller": {"type": "application"},
        "country": given.get("country") or "US",
        "created": created,
        "default_currency": given.get("default_currency") or "usd",
        "details_submitted": is_standard,
        "email": None,
        "external_accounts": _no_list(f"/v1/accounts/{identifier}/external_accounts"),
        "future_requirements": _requirements([]),
        "metadata": {},
        "payouts_enabled": is_standard,
        "requirements": _requirements([] if is_standard else list(WANTED)),
        "settings": _settings(),
        "tos_acceptance": dict.fromkeys(("date", "ip", "user_agent")),
        "type": kind,
    }


def _no_list(url: str) -> Object:
    return {"object": "list", "data": [], "has_more": False, "url": url}


def _business_profile() -> Object:
    plain = ("estimated_worker_count", "mcc", "minority_owned_business_designation", "name", "product_description")
    support = ("support_email", "support_phone", "support_url", "url")
    return dict.fromkeys((*plain, *support)) | {
        "annual_revenue": dict.fromkeys(("amount", "currency", "fiscal_year_end")),
        "support_address": dict.fromkeys(_ADDRESS),
    }


def _requirements(due: list[str]) -> Object:
    return {
        "alternatives": [],
        "current_deadline": None,
        "currently_due": due,
        "disabled_reason": "requirements.past_due" if due else None,
        "errors": [],
        "eventually_due": due,
        "past_due": due,
        "pending_verification": [],
    }


def _settings() -> Object:
    descriptors = tuple(f"statement_descriptor{each}" for each in ("", "_kana", "_kanji"))
    prefixes = tuple(f"statement_descriptor_prefix{each}" for each in ("", "_kana", "_kanji"))
    return {
        "bacs_debit_payments": dict.fromkeys(("display_name", "service_user_number")),
        "branding": dict.fromkeys(("icon", "logo", "primary_color", "secondary_color")),
        "card_issuing": {"tos_acceptance": dict.fromkeys(("date", "ip"))},
        "card_payments": {"decline_on": {"avs_failure": False, "cvc_failure": False}} | dict.fromkeys(prefixes),
        "dashboard": {"display_name": None, "timezone": "Etc/UTC"},
        "invoices": dict.fromkeys(("default_account_tax_ids", "hosted_payment_method_save")),
        "payments": dict.fromkeys((*descriptors, *prefixes[1:])),
        "payouts": {
            "debit_negative_balances": True,
            "schedule": {"delay_days": 2, "interval": "manual"},
            "statement_descriptor": None,
        },
        "sepa_debit_payments": {},
    }


def build_bank(given: dict[str, Any]) -> Object:
    number = given["account_number"]
    return {
        "id": new_id("ba_1"),
        "object": "bank_account",
        "account_holder_name": given.get("account_holder_name"),
        "account_holder_type": given.get("account_holder_type"),
        "account_type": None,
        "bank_name": "STRIPE TEST BANK",
        "country": given.get("country") or "US",
        "currency": given.get("currency") or "usd",
        "customer": None,
        "fingerprint": hashlib.sha256(number.encode()).hexdigest()[:16],
        "last4": number[-4:],
        "metadata": {},
        "routing_number": given.get("routing_number") or "110000000",
        "status": "new",
    }

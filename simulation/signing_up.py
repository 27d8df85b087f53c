"""Riders with a card and verified drivers with a car, made through the public API."""

from __future__ import annotations

import httpx

from simulation.api import Api
from simulation.cards import add_card
from simulation.mailbox import Mailbox
from simulation.people import Account, sign_up


async def new_rider(
    api: Api, mailbox: Mailbox, stripe: httpx.AsyncClient, run: str, number: int, *, card: str = "pm_card_visa"
) -> Account:
    """A rider with a profile and a card. `run` sets the people of one run apart from those of others."""
    account = await sign_up(api, mailbox, "rider", f"rider-{run}-{number}")
    await account.api.put("/v1/riders/me", {"name": f"Rider {number}"})
    await add_card(account.api, stripe, card)
    return account


async def new_driver(
    api: Api, mailbox: Mailbox, boss: Account, run: str, number: int, *, vehicle_class: str = "economy"
) -> tuple[Account, str]:
    """A driver whose papers `boss`, an operator, found in order; with the id of their vehicle."""
    account = await sign_up(api, mailbox, "driver", f"driver-{run}-{number}")
    me = await account.api.post(
        "/v1/drivers/me",
        {"name": f"Driver {number}", "phone": f"+1415555{number:04d}", "licence": f"D{number:07d}"},
    )
    car = {"make": "Toyota", "model": "Prius", "year": 2023, "colour": "silver", "vehicle_class": vehicle_class}
    vehicle = await account.api.post("/v1/drivers/me/vehicles", {"plate": f"{run[:3].upper()}{number:04d}", **car})
    await boss.api.post(f"/v1/drivers/{me['id']}/verify")
    return account, str(vehicle["id"])

"""Accounts: people register, confirm and sign in through the public API, as they would on a phone."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from simulation.api import Api
from simulation.mailbox import Mailbox

_PASSWORD_TAIL = "-Ride1!"  # noqa: S105 - accounts of a simulation


@dataclass(frozen=True)
class Account:
    """A signed-in person: `api` carries the token."""

    email: str
    token: str
    api: Api


async def sign_up(api: Api, mailbox: Mailbox, role: str, name: str) -> Account:
    """Register, confirm with the code from the mail, sign in."""
    return await register(api, mailbox, role, f"{name}@example.com", password())


async def register(api: Api, mailbox: Mailbox, role: str, email: str, secret: str) -> Account:
    """The same with an address and a password of one's own. May be repeated until the account is confirmed."""
    await api.post("/v1/auth/register", {"email": email, "password": secret, "role": role})
    await api.post("/v1/auth/confirm", {"email": email, "code": await mailbox.code_for(email)})
    return await sign_in(api, email, secret)


def password() -> str:
    """A random one that the user pool accepts."""
    return uuid4().hex + _PASSWORD_TAIL


async def sign_in(api: Api, email: str, secret: str) -> Account:
    answer = await api.post("/v1/auth/login", {"email": email, "password": secret})
    token = answer["access_token"]
    return Account(email, token, api.signed_in(token, answer.get("refresh_token")))


async def operator(api: Api, cognito: Any, user_pool_id: str) -> Account:
    """An operator: made by an administrator at Cognito, since nobody may choose that role."""
    return await staff(api, cognito, user_pool_id, "operator")


async def staff(api: Api, cognito: Any, user_pool_id: str, role: str) -> Account:
    """Somebody with a role that an administrator gives."""
    email, secret = f"{role}-{uuid4().hex[:12]}@example.com", password()

    def create() -> None:
        user = {"UserPoolId": user_pool_id, "Username": email}
        cognito.admin_create_user(
            **user,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}],
        )
        cognito.admin_set_user_password(**user, Password=secret, Permanent=True)
        cognito.admin_add_user_to_group(**user, GroupName=role)

    try:
        await asyncio.to_thread(create)
        return await sign_in(api, email, secret)
    except BaseException:  # nobody else knows the password
        with suppress(cognito.exceptions.UserNotFoundException):
            cognito.admin_delete_user(UserPoolId=user_pool_id, Username=email)
        raise

"""The operator of this machine's stack, in whose name the printed link is signed in."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local.record import StackRecord

EMAIL = "operator@console.example"


def sign_in(cognito: Any, record: StackRecord) -> str:
    """A refresh token of its own for each link. The account is made at the first; nobody keeps its password."""
    from local.commands.operator import appoint

    password = f"Aa1-{secrets.token_urlsafe(24)}"
    appoint(cognito, record, EMAIL, password)
    answer = cognito.initiate_auth(
        ClientId=record.user_pool_client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": EMAIL, "PASSWORD": password},
    )
    return str(answer["AuthenticationResult"]["RefreshToken"])

"""The running product that a simulation is played against: addresses and the few keys a phone or an operator has."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Stack:
    """`stripe_api_key` stands in for the phone's publishable key: it confirms SetupIntents.

    `identity_endpoint_url` is the address of Cognito's administration (None: AWS itself), `user_pool_id` its pool.
    """

    rest_url: str
    websocket_url: str
    stripe_url: str
    stripe_api_key: str
    database_url: str
    identity_endpoint_url: str | None
    user_pool_id: str

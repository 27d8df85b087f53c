"""A Cognito pool's signing keys and tokens, for tests."""

import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

ISSUER = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Abc"
CLIENT_ID = "client-of-the-apps"
PERSON_ID = UUID("6f1c1c5e-2f0b-4c39-9a5e-2f6b8d6f3a01")


class SigningKey:
    """A key pair of the pool."""

    def __init__(self, key_id: str) -> None:
        self.key_id = key_id
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def public(self) -> dict[str, Any]:
        document = RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return {**document, "kid": self.key_id, "alg": "RS256", "use": "sig"}

    def token(
        self,
        changes: Mapping[str, Any] | None = None,
        *,
        without: str | None = None,
        headers: Mapping[str, Any] | None = None,
    ) -> str:
        """An access token as Cognito makes it, with `changes`."""
        now = int(time.time())
        claims = {
            "sub": str(PERSON_ID),
            "cognito:groups": ["rider"],
            "iss": ISSUER,
            "client_id": CLIENT_ID,
            "token_use": "access",
            "scope": "aws.cognito.signin.user.admin",
            "auth_time": now,
            "exp": now + 3600,
            "iat": now,
            "jti": "7c9a2f6e-0b1d-4a5c-8e3f-1a2b3c4d5e6f",
            "username": str(PERSON_ID),
            **(changes or {}),
        }
        claims.pop(without or "", None)
        return jwt.encode(claims, self.private, algorithm="RS256", headers={"kid": self.key_id, **(headers or {})})

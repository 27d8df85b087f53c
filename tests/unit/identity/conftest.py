import pytest

from rideflow.identity.tokens import KeySet, TokenVerifier
from tests.unit.identity.signing import CLIENT_ID, ISSUER, SigningKey


@pytest.fixture(scope="session")
def pool_key() -> SigningKey:
    return SigningKey("pool-key-1")


@pytest.fixture(scope="session")
def strangers_key() -> SigningKey:
    """A key with the same key id that is not the pool's."""
    return SigningKey("pool-key-1")


@pytest.fixture
def verifier(pool_key: SigningKey) -> TokenVerifier:
    keys = KeySet(lambda: {"keys": [pool_key.public()]})
    return TokenVerifier(keys, issuer=ISSUER, client_id=CLIENT_ID)

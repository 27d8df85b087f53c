"""Free text and paths, sealed so that only the keys of their people open them.

Outside the tables of identity, riders and drivers, what people write and where they drove is stored, published and
archived as a sealed value. It names its people by their ids, and is unreadable once the key of any of them is deleted.

    sealed.1.<person id>[+<person id>].<base64url of nonce, ciphertext and tag>

The cipher is AES-256-GCM with a random nonce of 96 bits (NIST SP 800-38D). Its key is derived from the people's keys,
in the order of their ids, by HKDF-SHA-256 (RFC 5869) with the purpose as `info`. The purpose says where the value
belongs, for example `trip/<trip id>/cancel_reason`: a value that is copied to another place does not open there.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Literal, NewType, Protocol
from uuid import UUID

from rideflow.kernel.observability import count, logger
from rideflow.kernel.person_keys import KEY_BYTES, PersonKeysUnavailableError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SealedText = NewType("SealedText", str)

type OfTrip = Literal["cancel_reason", "rating_comment", "operator_reason", "path", "driven_line"]
"""The sealed values of a trip."""

_FORM = "sealed.1."
_NONCE_BYTES = 12


def of_trip(trip_id: UUID, what: OfTrip) -> str:
    """The purpose of a sealed value of the trip."""
    return f"trip/{trip_id}/{what}"


def of_registration(person_id: UUID, what: Literal["email", "name"]) -> str:
    """The purpose of a sealed member of a person's registration."""
    return f"registration/{person_id}/{what}"


class SealBrokenError(ValueError):
    """The value is no sealed one, was changed, or belongs to another purpose."""


class KeyRing(Protocol):
    """People's keys, as `person_keys.PersonKeys` has them."""

    def find(self, people: Iterable[UUID]) -> dict[UUID, bytes | None]: ...

    def ensure(self, people: Iterable[UUID]) -> dict[UUID, bytes]: ...


class FreeText(Protocol):
    """Opens texts that people wrote, for views and frames; `Seals` does."""

    def shown(self, text: str | None, purpose: str) -> str | None: ...


class Seals:
    """Seals and opens values. Methods raise `PersonKeysUnavailableError` where they do not say otherwise."""

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys

    def seal(self, plain: bytes, people: Iterable[UUID], purpose: str) -> bytes:
        """Seal bytes for these people. Raises `PersonErasedError`."""
        named = sorted(set(people))
        header, nonce = _header(named), secrets.token_bytes(_NONCE_BYTES)
        cipher = _cipher(self._keys.ensure(named), named, purpose)
        return header + nonce + cipher.encrypt(nonce, plain, header)

    def open(self, sealed: bytes, purpose: str) -> bytes | None:
        """The bytes that were sealed; None if one of their people was erased.

        Raises `SealBrokenError`, also if a person has no key and was not erased: a table that lost its keys must not
        look like one whose people are gone.
        """
        header, named = _read_header(sealed)
        found = self._keys.find(named)
        keys = {person: key for person, key in found.items() if key is not None}
        if found.keys() != set(named):
            raise SealBrokenError("a key is missing")
        if len(keys) < len(found):
            return None
        return _opened(_cipher(keys, named, purpose), header, sealed[len(header) :])

    def seal_text(self, text: str, people: Iterable[UUID], purpose: str) -> SealedText:
        """Seal a text for these people. Raises `PersonErasedError`."""
        sealed = self.seal(text.encode(), people, purpose)
        header, _ = _read_header(sealed)
        return SealedText(header.decode() + urlsafe_b64encode(sealed[len(header) :]).decode())

    def open_text(self, sealed: str, purpose: str) -> str | None:
        """The text that was sealed; None if one of its people was erased. Raises `SealBrokenError`."""
        try:
            header, _ = _read_header(sealed.encode())
            plain = self.open(header + urlsafe_b64decode(sealed[len(header) :]), purpose)
        except ValueError as error:
            raise SealBrokenError(purpose) from error
        return None if plain is None else plain.decode()

    def shown(self, text: str | None, purpose: str) -> str | None:
        """The text as people may read it: a code of ours as it is, a sealed text opened, None if it does not open.

        A text that cannot be opened must not keep what surrounds it from being shown, so nothing is raised.
        """
        if text is None or not is_sealed(text):
            return text
        try:
            return self.open_text(text, purpose)
        except SealBrokenError:
            logger.exception("a sealed text does not open", extra={"purpose": purpose})
            count("SealedTextUnread", why="broken")
        except PersonKeysUnavailableError:
            count("SealedTextUnread", why="keys_unavailable")
        return None

    def fetch_keys(self, texts: Iterable[str | None]) -> None:
        """Read the keys of all these texts at once, so that `shown` does not read them one by one. Never raises."""
        sealed = [text for text in texts if text is not None and is_sealed(text)]
        try:
            self._keys.find(person for text in sealed for person in _people_of(text))
        except PersonKeysUnavailableError:
            count("SealedTextUnread", why="keys_unavailable")


def is_sealed(text: str) -> bool:
    """Whether it is a sealed text: what people write is always sealed, and no code of ours begins like one."""
    return text.startswith(_FORM)


def _people_of(text: str) -> list[UUID]:
    try:
        return _read_header(text.encode())[1]
    except SealBrokenError:
        return []


def _header(people: list[UUID]) -> bytes:
    return f"{_FORM}{'+'.join(map(str, people))}.".encode()


def _read_header(sealed: bytes) -> tuple[bytes, list[UUID]]:
    """The header and its people. Raises `SealBrokenError`."""
    form = _FORM.encode()
    people, dot, _ = sealed[len(form) :].partition(b".")
    try:
        named = [UUID(each.decode()) for each in people.split(b"+")]
    except ValueError as error:
        raise SealBrokenError("it names no people") from error
    if not sealed.startswith(form) or not dot:
        raise SealBrokenError("it is not sealed")
    return form + people + dot, named


def _cipher(keys: Mapping[UUID, bytes], people: list[UUID], purpose: str) -> AESGCM:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    derived = HKDF(SHA256(), KEY_BYTES, salt=None, info=purpose.encode())
    return AESGCM(derived.derive(b"".join(keys[person] for person in people)))


def _opened(cipher: AESGCM, header: bytes, sealed: bytes) -> bytes:
    from cryptography.exceptions import InvalidTag

    try:
        return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], header)
    except (InvalidTag, ValueError) as error:
        raise SealBrokenError("it was changed, or belongs elsewhere") from error

"""The mailbox in which a simulated person reads the confirmation code."""

from __future__ import annotations

from typing import Protocol


class Mailbox(Protocol):
    """Delivers the latest confirmation code that was mailed to an address."""

    async def code_for(self, email: str) -> str: ...

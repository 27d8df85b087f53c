"""The payment providers by name. Ids whose names end in `_ref` are a provider's."""

from __future__ import annotations

from typing import Literal

type Provider = Literal["stripe"]

STRIPE: Provider = "stripe"
"""The provider of messages that name none: those of former releases."""

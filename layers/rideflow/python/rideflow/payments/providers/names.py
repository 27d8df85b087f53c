"""The payment providers by name. Ids whose names end in `_ref` are a provider's."""

from __future__ import annotations

from typing import Literal

type Provider = Literal["stripe"]

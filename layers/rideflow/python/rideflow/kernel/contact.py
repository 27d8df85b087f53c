"""Names and phone numbers of people."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from rideflow.kernel.text import ONE_LINE

PersonName = Annotated[str, Field(min_length=1, max_length=100, examples=["Ada Lovelace"]), ONE_LINE]

Phone = Annotated[
    str, Field(pattern=r"^\+[1-9][0-9]{6,14}$", description="Phone number, ITU-T E.164", examples=["+14155550123"])
]

"""People, trips and keys of the example events."""

from uuid import UUID

RIDER = UUID("6f1c1c5e-2f0b-4c39-9a5e-2f6b8d6f3a01")
DRIVER = UUID("2b7e1f8a-90c4-4d1e-8f57-5a1d2c3b4e02")
OTHER_DRIVER = UUID("0c9e2b5a-7d41-4f0e-8a13-5b8e4f7c2d02")
OPERATOR = UUID("c1d2e3f4-5a6b-4c7d-8e9f-0a1b2c3d4e03")

"""Classes of vehicle: what a rider orders, a driver offers, a price depends on."""

from __future__ import annotations

from typing import Literal

VehicleClass = Literal["economy", "comfort", "xl"]

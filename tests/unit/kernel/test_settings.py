from dataclasses import dataclass

import pytest

from rideflow.kernel.settings import MissingSettingError, Settings


@dataclass(frozen=True)
class KitchenSettings(Settings):
    prefix = "kitchen"
    ovens: int
    heat: float
    gas: bool
    cook: str


def test_a_class_names_its_variables_by_its_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in zip(KitchenSettings.variables(), ("2", "180.5", "true", "Ada"), strict=True):
        monkeypatch.setenv(variable, value)

    assert KitchenSettings.variables() == ("KITCHEN_OVENS", "KITCHEN_HEAT", "KITCHEN_GAS", "KITCHEN_COOK")
    assert KitchenSettings.from_environment() == KitchenSettings(2, 180.5, True, "Ada")


def test_a_variable_that_is_missing_is_named() -> None:
    with pytest.raises(MissingSettingError, match="KITCHEN_OVENS"):
        KitchenSettings.from_environment()


def test_no_two_classes_share_a_prefix() -> None:
    prefixes = [
        settings.prefix for settings in Settings.__subclasses__() if settings.__module__.startswith("rideflow.")
    ]

    assert len(prefixes) == len(set(prefixes))

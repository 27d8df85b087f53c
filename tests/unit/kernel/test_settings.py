import pytest

from rideflow.kernel.settings import MissingSettingError, Settings


class KitchenSettings(Settings):
    prefix = "kitchen"
    ovens: int
    heat: float
    gas: str
    cook: str


def test_a_class_names_its_variables_by_its_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in zip(KitchenSettings.variables(), ("2", "180.5", "on", "Ada"), strict=True):
        monkeypatch.setenv(variable, value)

    assert KitchenSettings.variables() == ("KITCHEN_OVENS", "KITCHEN_HEAT", "KITCHEN_GAS", "KITCHEN_COOK")
    assert KitchenSettings.from_environment() == KitchenSettings(2, 180.5, "on", "Ada")


def test_a_variable_that_is_missing_is_named() -> None:
    with pytest.raises(MissingSettingError, match="KITCHEN_OVENS"):
        KitchenSettings.from_environment()


def test_settings_do_not_change() -> None:
    settings = KitchenSettings(ovens=2, heat=180.5, gas="on", cook="Ada")

    with pytest.raises(AttributeError, match=r"KitchenSettings\.ovens is read-only"):
        settings.ovens = 3  # type: ignore[misc]

    assert repr(settings) == "KitchenSettings(ovens=2, heat=180.5, gas='on', cook='Ada')"
    assert hash(settings) == hash(KitchenSettings(2, 180.5, "on", "Ada"))
    assert settings != KitchenSettings(3, 180.5, "on", "Ada")


def test_every_field_is_given_once() -> None:
    for values, named in (((2,), {}), ((2, 180.5, "on", "Ada"), {"ovens": 2}), ((2, 180.5, "on"), {"chef": "Ada"})):
        with pytest.raises(TypeError, match="takes ovens, heat, gas, cook"):
            KitchenSettings(*values, **named)


def test_no_two_classes_share_a_prefix() -> None:
    prefixes = [
        settings.prefix for settings in Settings.__subclasses__() if settings.__module__.startswith("rideflow.")
    ]

    assert len(prefixes) == len(set(prefixes))

import os

from rideflow.kernel.outbox import outbox
from rideflow.kernel.postgres import database
from rideflow.kernel.redis import redis_cluster
from rideflow.kernel.settings import Settings
from tests.functions.cloud import Cloud


def test_the_test_cloud_sets_the_variables_of_every_settings_class(cloud: Cloud) -> None:
    classes = [found for found in Settings.__subclasses__() if found.__module__.startswith("rideflow.")]

    assert {variable for settings in classes for variable in settings.variables()} <= set(os.environ)
    for settings in classes:
        settings.from_environment()


def test_handlers_meet_real_stores(cloud: Cloud) -> None:
    redis_cluster().set("{a}:b", "1")

    assert database().one("select 1 as one", {}) == {"one": 1}
    assert redis_cluster().get("{a}:b") == b"1"
    assert outbox() is outbox()

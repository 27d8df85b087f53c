"""What is kept of former releases, and what is deleted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from botocore.exceptions import EndpointConnectionError

from local.releases.cleaning import Cleaning
from local.releases.functions import SomebodyElseError
from local.releases.records import Record
from local.releases.sagas import LONGEST_SAGA
from tests.local.lambdas import NAMES, ONE, THREE, TWO, Cloud, all_at
from tests.workflows.engine import WORKFLOWS, definition


class TestCleaning:
    """Versions and names that nothing can need any more are deleted."""

    def test_a_release_stays_while_a_saga_of_it_may_run(self, cloud: Cloud) -> None:
        for number in range(1, 6):
            cloud.released(f"r-{number}")
            cloud.clock += timedelta(hours=1)

        assert cloud.step_releases() == {f"r-{number}": f"r-{number}" for number in range(1, 6)}

    def test_older_ones_are_deleted_but_for_three_and_the_first_version_which_the_template_knows(
        self, cloud: Cloud
    ) -> None:
        for number in range(1, 7):
            cloud.released(f"r-{number}")
            cloud.clock += LONGEST_SAGA + timedelta(hours=1)

        assert set(cloud.step_releases()) == {"r-6", "r-5", "r-4"}
        assert [cloud.versions(name) for name in NAMES] == [["1", "4", "5", "6"]] * 3
        assert cloud.deployer().rollback() == "r-5"

    def test_a_release_that_came_back_is_needed_again(self, cloud: Cloud) -> None:
        cloud.released("r-1")
        cloud.released("r-2")
        cloud.deployer().rollback()
        cloud.clock += 2 * LONGEST_SAGA
        for number in (3, 4, 5):
            cloud.released(f"r-{number}")

        assert set(cloud.step_releases()) == {"r-1", "r-3", "r-4", "r-5"}, "sagas of r-1 began until a moment ago"

    @pytest.mark.parametrize("error", [SomebodyElseError("other"), EndpointConnectionError(endpoint_url="https://a")])
    def test_one_that_fails_makes_no_good_release_fail_and_is_told(
        self, second: Cloud, monkeypatch: pytest.MonkeyPatch, error: Exception
    ) -> None:
        def fail(*_: object) -> None:
            raise error

        deployer = second.deployer()
        with monkeypatch.context() as patched:
            patched.setattr(Cleaning, "mark", fail)
            assert deployer.release() == TWO
            assert second.live() == all_at(TWO)
            assert deployer.rollback() == ONE
        assert [str(error) in warning for warning in deployer.warnings] == [True, True]

    def test_it_is_made_up_for_by_a_release_that_moves_nothing(self, cloud: Cloud) -> None:
        for number in range(1, 5):
            cloud.released(f"r-{number}")
            cloud.clock += timedelta(hours=1)
        cloud.clock += LONGEST_SAGA + timedelta(hours=1)
        assert "r-1" in cloud.step_releases()

        cloud.deployer().release()

        assert set(cloud.step_releases()) == {"r-4", "r-3", "r-2"}


def test_no_saga_lasts_longer_than_its_release_is_kept() -> None:
    lasting = [definition(path.name.removesuffix(".asl.json"))["TimeoutSeconds"] for path in WORKFLOWS.glob("*.json")]

    assert max(lasting) <= LONGEST_SAGA.total_seconds()


def test_a_record_fits_into_a_description_and_comes_back() -> None:
    record = Record(ONE).followed_by(TWO, "123456").towards(THREE)

    assert Record.parse(record.text()) == record
    assert len(record.text()) <= 256
    assert Record.parse("made by CloudFormation") is None
    assert Record.parse("") is None

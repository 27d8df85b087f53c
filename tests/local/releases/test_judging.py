"""What takes a release back while it has a part of the calls."""

from __future__ import annotations

from datetime import timedelta

import pytest

from local.releases.deployer import RejectedError
from tests.local.lambdas import NAMES, NOTHING, ONE, OTHER, PLAN, STARTER, TWO, Cloud, DiedError, all_at


class TestJudging:
    """While a part of the calls goes to the new release."""

    def test_a_new_alarm_takes_the_release_back(self, second: Cloud) -> None:
        second.meanwhile = [lambda: second.raise_alarm("rideflow-prod-api-errors")]

        with pytest.raises(RejectedError, match="at 5 %: the alarm rideflow-prod-api-errors is raised"):
            second.deployer().release()
        assert second.live() == all_at(ONE)
        assert second.weights() == NOTHING
        assert second.deployer().standing().on_the_way is None

    def test_an_alarm_of_before_and_another_stages_do_not(self, cloud: Cloud) -> None:
        """The release may be the one that mends it."""
        cloud.released(ONE)
        cloud.raise_alarm("rideflow-prod-api-errors")
        cloud.clock += timedelta(seconds=1)
        cloud.deploy(TWO)
        cloud.meanwhile = [lambda: cloud.raise_alarm("rideflow-dev-api-errors", of="rideflow-dev-rest")]

        assert cloud.deployer().release() == TWO

    def test_an_alarm_of_before_does_not_stop_a_deployer_that_goes_on(self, cloud: Cloud) -> None:
        cloud.released(ONE)
        cloud.raise_alarm("rideflow-prod-api-errors")
        cloud.clock += timedelta(minutes=1)
        cloud.deploy(TWO)
        cloud.clock += timedelta(minutes=1)
        cloud.lambda_.dies_after = 2
        with pytest.raises(DiedError):
            cloud.deployer().release()
        cloud.lambda_.dies_after = None

        assert cloud.deployer().release() == TWO

    def test_an_alarm_that_the_deploy_has_raised_takes_the_release_back(self, second: Cloud) -> None:
        """A migration or a right that is gone hurts callers while nothing is released yet."""
        second.raise_alarm("rideflow-prod-api-errors")
        second.clock += timedelta(minutes=5)

        with pytest.raises(RejectedError, match="at 5 %: the alarm rideflow-prod-api-errors is raised"):
            second.deployer().release()
        assert second.live() == all_at(ONE)

    def test_so_does_one_that_was_raised_before_the_deploy_reached_a_function(self, cloud: Cloud) -> None:
        cloud.released(ONE)
        began = cloud.clock
        cloud.raise_alarm("rideflow-prod-api-errors")
        cloud.clock += timedelta(minutes=5)
        cloud.deploy(TWO)

        with pytest.raises(RejectedError, match="the alarm rideflow-prod-api-errors is raised"):
            cloud.deployer().release(began)

    def test_functions_that_a_former_deploy_changed_do_not_tell_when_this_one_began(self, second: Cloud) -> None:
        second.deployer().release()
        second.raise_alarm("rideflow-prod-api-errors")
        second.clock += timedelta(minutes=1)
        second.deploy(TWO, [OTHER], variables={"TABLE": "another"})

        assert second.deployer().release() == TWO

    @pytest.mark.parametrize("of", ["", "rideflow"])
    def test_an_alarm_that_another_stage_of_the_account_may_have_raised_does_not(self, second: Cloud, of: str) -> None:
        second.meanwhile = [lambda: second.raise_alarm("rideflow-prod-functions-failing", of=of)]

        assert second.deployer().release() == TWO

    def test_an_alarm_of_a_release_whose_deployer_died_is_its_own(self, second: Cloud) -> None:
        second.lambda_.dies_after = 3
        with pytest.raises(DiedError):
            second.deployer().release()
        second.lambda_.dies_after = None
        second.raise_alarm("rideflow-prod-api-errors")

        with pytest.raises(RejectedError, match="at 5 %: the alarm rideflow-prod-api-errors is raised"):
            second.deployer().release()

    def test_a_version_that_fails_more_often_than_the_old_one_takes_the_release_back(self, second: Cloud) -> None:
        def fails() -> None:
            second.calls(STARTER, "1", calls=1000, errors=10)
            second.calls(STARTER, "2", calls=50, errors=4)

        second.meanwhile = [fails]

        with pytest.raises(RejectedError, match=f"{STARTER} fails in 8.0% of its calls, the old version in 1.0%"):
            second.deployer().release()
        assert second.live() == all_at(ONE)

    @pytest.mark.parametrize(("calls", "errors"), [(50, 2), (400, 8), (1000, 0)])
    def test_one_that_fails_no_more_often_or_hardly_ever_does_not(self, second: Cloud, calls: int, errors: int) -> None:
        def fails() -> None:
            second.calls(STARTER, "1", calls=1000, errors=10)
            second.calls(STARTER, "2", calls=calls, errors=errors)

        second.meanwhile = [fails]

        assert second.deployer().release() == TWO

    def test_errors_of_many_functions_count_together(self, second: Cloud) -> None:
        def fails() -> None:
            for name in NAMES:
                second.calls(name, "1", calls=1000, errors=0)
                second.calls(name, "2", calls=50, errors=2)

        second.meanwhile = [fails]

        with pytest.raises(RejectedError, match=r"6 of 150 calls failed, of the old versions 0\.0%"):
            second.deployer().release()

    def test_a_release_is_judged_at_every_part(self, second: Cloud) -> None:
        looks_at_5 = int(PLAN.judged_for.total_seconds()) // 30
        second.meanwhile = [lambda: None] * looks_at_5 + [lambda: second.raise_alarm("rideflow-prod-api-errors")]

        with pytest.raises(RejectedError, match="at 25 %"):
            second.deployer().release()
        assert second.live() == all_at(ONE)

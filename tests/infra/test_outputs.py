"""What `rideflow ride` reads of a deployed stage, against the outputs that the templates have."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local import synthetic
from local.cloud import Cloud, CloudError
from local.record import STRIPE_ITSELF
from local.synthetic import synthetic_on_aws
from simulation.one_ride import Addresses
from tests.infra.synthesis import Synthesis


@dataclass(frozen=True)
class CloudFormation:
    """Has these stacks. The values of their outputs tell what they are outputs of."""

    templates: dict[str, Any]

    def describe_stacks(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
        if StackName not in self.templates:
            told = {"Code": "ValidationError", "Message": f"Stack with id {StackName} does not exist"}
            raise ClientError({"Error": told}, "DescribeStacks")
        outputs = self.templates[StackName].get("Outputs", {})
        return {
            "Stacks": [{"Outputs": [{"OutputKey": key, "OutputValue": f"{key} of {StackName}"} for key in outputs]}]
        }


@pytest.fixture(params=["dev", "prod"])
def deployed(request: pytest.FixtureRequest, synthesis: Callable[[str], Synthesis]) -> Cloud:
    return Cloud(request.param, lambda _service: CloudFormation(synthesis(request.param).templates))


def test_a_synthetic_ride_finds_the_addresses_of_its_stage(deployed: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[Addresses] = []
    monkeypatch.setattr(synthetic, "Synthetic", lambda _cloud, addresses, _speed: found.append(addresses))
    synthetic_on_aws(deployed)
    api = f"RideFlow-{deployed.stage}-api"
    assert found == [Addresses(f"RestUrl of {api}", f"WebSocketUrl of {api}", STRIPE_ITSELF)]


def test_the_people_of_synthetic_rides_find_their_user_pool(deployed: Cloud) -> None:
    assert deployed.outputs("identity")["UserPoolId"] == f"UserPoolId of RideFlow-{deployed.stage}-identity"


def test_a_stage_that_is_not_deployed_is_a_sentence() -> None:
    with pytest.raises(CloudError, match="The stack RideFlow-dev-api is not deployed in this region"):
        synthetic_on_aws(Cloud("dev", lambda _service: CloudFormation({})))

"""A stage's functions at moto's Lambda, with what moto lacks: revisions of aliases, and what Lambda refuses."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.exceptions import ClientError
from moto import mock_aws

from local.releases.deployer import Deployer, Plan
from local.releases.functions import Functions
from local.releases.judge import Judge
from local.releases.sagas import Sagas

STAGE = "prod"
STEP, STARTER, OTHER = (f"rideflow-prod-{name}" for name in ("payments-place_hold", "trips-start", "trips-sweep"))
NAMES = (STEP, STARTER, OTHER)
BEGIN = datetime(2026, 11, 1, 12, tzinfo=UTC)
PLAN = Plan((5, 25, 100), timedelta(minutes=10))
AT_ONCE = Plan((100,))
ONE, TWO, THREE = (f"r-00000000000{number}" for number in (1, 2, 3))
NOTHING: dict[str, dict[str, float]] = {name: {} for name in NAMES}
"""The weights of aliases whose calls are not divided."""


def all_at(release: str) -> dict[str, str]:
    return dict.fromkeys(NAMES, release)


class DiedError(BaseException):
    """The deployer's process ended between two calls."""


class Lambda:
    """boto3's client. `dies_after` updates of aliases the deployer dies; `loses` the answers of the next ones.

    `before_update` is called with the number of each update, and `before_publishing` with each function's name, so that
    somebody else may act then.
    """

    def __init__(self) -> None:
        self._client = boto3.client("lambda", region_name="us-east-1")
        self._revisions: dict[tuple[str, str], int] = {}
        self._modified: dict[str, datetime] = {}
        self.updates: list[tuple[str, str, dict[str, float]]] = []
        self.deleted: set[tuple[str, str]] = set()
        """Hidden, and not deleted at moto, which would give their numbers away again."""
        self.dies_after: int | None = None
        self.loses = 0
        self.before_update: Callable[[int], None] = lambda _: None
        self.before_publishing: Callable[[str], None] = lambda _: None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def update_alias(self, **told: Any) -> Any:
        self.before_update(len(self.updates))
        if self.dies_after == 0:
            raise DiedError
        self._refuse(told)
        made = self._client.update_alias(**{name: value for name, value in told.items() if name != "RevisionId"})
        key = (told["FunctionName"], told["Name"])
        self._revisions[key] = self._revisions.get(key, 0) + 1
        self.updates.append((told["FunctionName"], told["FunctionVersion"], _weights(told)))
        if self.dies_after is not None:
            self.dies_after -= 1
        if self.loses:
            self.loses -= 1
            return self.update_alias(**told)  # what botocore does when no answer comes
        return self._revised(told["FunctionName"], made)

    def modify(self, name: str, at: datetime) -> None:
        """The function has a new revision, since then."""
        self._modified[name] = at
        self._revisions[name, "$LATEST"] = self._revisions.get((name, "$LATEST"), 0) + 1

    def publish_version(self, **told: Any) -> Any:
        name = told["FunctionName"]
        self.before_publishing(name)
        if told.pop("RevisionId", None) not in (None, self._latest(name)["RevisionId"]):
            raise self._precondition_failed("PublishVersion")
        return self._client.publish_version(**told)

    def get_function(self, **told: Any) -> Any:
        found = self._client.get_function(**told)
        return (
            found
            if "Qualifier" in told
            else {"Configuration": found["Configuration"] | self._latest(told["FunctionName"])}
        )

    def get_alias(self, **told: Any) -> Any:
        return self._revised(told["FunctionName"], self._client.get_alias(**told))

    def get_paginator(self, operation: str) -> Any:
        return {"list_aliases": _Aliases, "list_functions": _Listed}[operation](self)

    def listed(self) -> list[Any]:
        pages = self._client.get_paginator("list_functions").paginate(FunctionVersion="ALL")
        listed = [told for page in pages for told in page["Functions"]]
        return [
            told | (self._latest(told["FunctionName"]) if told["Version"] == "$LATEST" else {})
            for told in listed
            if (told["FunctionName"], told["Version"]) not in self.deleted
        ]

    def list_aliases(self, function: str) -> list[Any]:
        listed = self._client.list_aliases(FunctionName=function)["Aliases"]
        return [self._revised(function, alias) for alias in listed]

    def delete_function(self, **told: Any) -> None:
        for alias in self.list_aliases(told["FunctionName"]):
            if told["Qualifier"] in {alias["FunctionVersion"], *_weights(alias)}:
                raise _refused("ResourceConflictException", "DeleteFunction")
        self.deleted.add((told["FunctionName"], told["Qualifier"]))

    def _refuse(self, told: dict[str, Any]) -> None:
        now = self.get_alias(FunctionName=told["FunctionName"], Name=told["Name"])
        if told["RevisionId"] != now["RevisionId"]:
            raise self._precondition_failed("UpdateAlias")
        for number in _weights(told):
            roles = {
                self._client.get_function(FunctionName=told["FunctionName"], Qualifier=each)["Configuration"]["Role"]
                for each in (number, told["FunctionVersion"])
            }
            if len(roles) > 1:
                raise _refused("InvalidParameterValueException", "UpdateAlias")

    def _latest(self, name: str) -> dict[str, Any]:
        revision, modified = self._revisions.get((name, "$LATEST"), 0), self._modified.get(name, BEGIN)
        return {
            "RevisionId": f"revision-{revision}",
            "LastModified": modified.isoformat(timespec="milliseconds").replace("+00:00", "+0000"),
        }

    def _precondition_failed(self, operation: str) -> Exception:
        told = {"Error": {"Code": "PreconditionFailedException", "Message": "revision"}}
        failed: Exception = self._client.exceptions.PreconditionFailedException(told, operation)
        return failed

    def _revised(self, function: str, alias: Any) -> Any:
        return {**alias, "RevisionId": f"revision-{self._revisions.get((function, alias['Name']), 0)}"}


@dataclass(frozen=True)
class _Aliases:
    lambda_: Lambda

    def paginate(self, FunctionName: str) -> Iterator[Any]:  # noqa: N803 - boto3's name
        yield {"Aliases": self.lambda_.list_aliases(FunctionName)}


@dataclass(frozen=True)
class _Listed:
    lambda_: Lambda

    def paginate(self, FunctionVersion: str) -> Iterator[Any]:  # noqa: N803 - boto3's name
        assert FunctionVersion == "ALL", "without it only what was last deployed is listed"
        for told in self.lambda_.listed():
            yield {"Functions": [told]}


class CloudWatch:
    """boto3's client. moto does not know since when an alarm is raised."""

    def __init__(self) -> None:
        self._client = boto3.client("cloudwatch", region_name="us-east-1")
        self.raised: dict[str, datetime] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def get_paginator(self, operation: str) -> Any:
        return _Alarms(self) if operation == "describe_alarms" else self._client.get_paginator(operation)


@dataclass(frozen=True)
class _Alarms:
    cloudwatch: CloudWatch

    def paginate(self, **asked: str) -> Iterator[Any]:
        for alarm in self.cloudwatch.describe_alarms(**asked)["MetricAlarms"]:
            yield {"MetricAlarms": [alarm | {"StateTransitionedTimestamp": self.cloudwatch.raised[alarm["AlarmName"]]}]}


def _weights(told: dict[str, Any]) -> dict[str, float]:
    return dict((told.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {})


def _refused(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "refused"}}, operation)


@dataclass
class Cloud:
    """What CloudFormation has made, the clock, and what happens while the deployer waits."""

    lambda_: Lambda
    cloudwatch: CloudWatch
    states: Any
    clock: datetime = BEGIN
    told: list[str] = field(default_factory=list)
    meanwhile: list[Any] = field(default_factory=list)

    def deployer(self, plan: Plan = PLAN) -> Deployer:
        return Deployer(
            Functions(self.lambda_, STAGE),
            Sagas(self.states, STAGE),
            Judge(self.cloudwatch, STAGE),
            plan,
            self.told.append,
            lambda: self.clock,
            self._pause,
        )

    def deploy(self, release: str, functions: Sequence[str] = NAMES, **changes: Any) -> None:
        """As `cdk deploy` does: new functions have a first version and an alias, old ones a new `$LATEST`."""
        there = {told["FunctionName"] for told in self.lambda_.list_functions()["Functions"]}
        for name in functions:
            if name not in there:
                self.create(name, release)
            else:
                variables = {"Variables": {"RELEASE_NAME": release, **changes.get("variables", {})}}
                role = {"Role": changes["role"]} if "role" in changes and name == OTHER else {}
                self.lambda_.update_function_configuration(FunctionName=name, Environment=variables, **role)
            self.lambda_.modify(name, self.clock)

    def released(self, release: str) -> None:
        """Deploy, and let it answer at once."""
        self.deploy(release)
        self.deployer(Plan((100,))).release()
        self.lambda_.updates.clear()

    def live(self) -> dict[str, str]:
        """The releases of the versions that functions answer with."""
        return {name: self.release_of(name, self._alias(name)["FunctionVersion"]) for name in NAMES}

    def weights(self) -> dict[str, dict[str, float]]:
        """The parts of further releases."""
        return {
            name: {self.release_of(name, number): part for number, part in _weights(self._alias(name)).items()}
            for name in NAMES
        }

    def step_releases(self) -> dict[str, str]:
        """The releases that sagas can call, and those of the versions they meet."""
        return {
            alias["Name"]: self.release_of(STEP, alias["FunctionVersion"])
            for alias in self.lambda_.list_aliases(STEP)
            if alias["Name"].startswith("r-")
        }

    def release_of(self, function: str, version: str) -> str:
        found = self.lambda_.get_function(FunctionName=function, Qualifier=version)["Configuration"]
        return str(found["Environment"]["Variables"]["RELEASE_NAME"])

    def versions(self, function: str) -> list[str]:
        found = [told["Version"] for told in self.lambda_.listed() if told["FunctionName"] == function]
        return [version for version in found if version != "$LATEST"]

    def calls(self, function: str, version: str, *, calls: int, errors: int) -> None:
        """Figures as Lambda writes them of an alias's version."""
        named = {"FunctionName": function, "Resource": f"{function}:live", "ExecutedVersion": version}
        dimensions = [{"Name": name, "Value": value} for name, value in named.items()]
        for metric, value in (("Invocations", calls), ("Errors", errors)):
            told = {"MetricName": metric, "Dimensions": dimensions, "Timestamp": self.clock, "Value": value}
            self.cloudwatch.put_metric_data(Namespace="AWS/Lambda", MetricData=[told])

    def raise_alarm(self, name: str, of: str = "rideflow-prod-rest") -> None:
        """`of` is a name among the dimensions of its figure; empty for a figure of the whole account."""
        named = [{"Name": "ApiName", "Value": of}] if of else []
        told = {"MetricName": "m", "Namespace": "n", "Period": 60, "EvaluationPeriods": 1, "Threshold": 1}
        comparison = {"ComparisonOperator": "GreaterThanThreshold", "Statistic": "Sum"}
        self.cloudwatch.put_metric_alarm(AlarmName=name, Dimensions=named, **told, **comparison)
        self.cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="test")
        self.cloudwatch.raised[name] = self.clock

    def create(self, name: str, release: str, *, has_alias: bool = True) -> None:
        """As CloudFormation does, or as one that dies before it makes the alias."""
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as code:
            code.writestr("code.py", name)
        self.lambda_.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=ROLE,
            Handler="code.app",
            Code={"ZipFile": archive.getvalue()},
            Environment={"Variables": {"RELEASE_NAME": release}},
        )
        first = self.lambda_.publish_version(FunctionName=name)["Version"]
        if has_alias:
            self.lambda_.create_alias(FunctionName=name, Name="live", FunctionVersion=first)

    def _alias(self, name: str) -> dict[str, Any]:
        return dict(self.lambda_.get_alias(FunctionName=name, Name="live"))

    def _pause(self, seconds: float) -> None:
        self.clock += timedelta(seconds=seconds)
        if self.meanwhile:
            self.meanwhile.pop(0)()


ROLE, OTHER_ROLE = (f"arn:aws:iam::123456789012:role/{name}" for name in ("one", "two"))


@contextmanager
def empty_cloud() -> Iterator[Cloud]:
    """No functions yet; one saga, which calls STEP."""
    with mock_aws(config={"lambda": {"use_docker": False}}):
        iam, states = (boto3.client(service, region_name="us-east-1") for service in ("iam", "stepfunctions"))
        for role in (ROLE, OTHER_ROLE):
            iam.create_role(RoleName=role.rpartition("/")[2], AssumeRolePolicyDocument="{}")
        called = (
            f"States.Format('arn:aws:lambda:us-east-1:123456789012:function:{STEP}:{{}}', $$.Execution.Input.release)"
        )
        step = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True}
        definition = {"StartAt": "Hold", "States": {"Hold": step | {"Parameters": {"FunctionName.$": called}}}}
        for name in ("rideflow-prod-settle_trip", "somebody-elses"):
            states.create_state_machine(name=name, definition=json.dumps(definition), roleArn=ROLE)
        yield Cloud(Lambda(), CloudWatch(), states)

"""Judges a new release by its first calls: the stage's alarms, and the errors of its versions beside the old ones'."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import batched
from typing import Any

from infra.constructs.naming import LIVE, resource_name

_FEWEST_ERRORS = 3
"""Fewer errors of a function's new version say nothing."""
_WORSE_BY = 0.01
"""The part of calls that may fail more often than at the old version."""
_QUERIES = 500
"""At most in one request for figures."""
_PERIOD_S = 60


@dataclass(frozen=True)
class Split:
    """A function whose calls two versions share."""

    function: str
    old: str
    new: str


@dataclass(frozen=True)
class Tally:
    """The calls of one version, and those of them that failed."""

    calls: float = 0
    errors: float = 0

    def is_worse_than(self, other: Tally) -> bool:
        return self.errors >= _FEWEST_ERRORS and self.rate > other.rate + _WORSE_BY

    @property
    def rate(self) -> float:
        return self.errors / max(self.calls, self.errors, 1)

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.calls + other.calls, self.errors + other.errors)


class Judge:
    """Asks CloudWatch. `client` is boto3's."""

    def __init__(self, client: Any, stage: str) -> None:
        self._client = client
        self._prefix = resource_name(stage, "")

    def alarms(self) -> dict[str, datetime]:
        """The names of the stage's alarms that are raised, and since when each is.

        Without those that other stages of the account raise too.
        """
        pages = self._client.get_paginator("describe_alarms").paginate(AlarmNamePrefix=self._prefix, StateValue="ALARM")
        return {
            alarm["AlarmName"]: alarm["StateTransitionedTimestamp"]
            for page in pages
            for alarm in page.get("MetricAlarms", [])
            if watches_the_stage_alone(alarm, self._prefix)
        }

    def faults(
        self, splits: Sequence[Split], since: datetime, until: datetime, known_alarms: set[str]
    ) -> Iterator[str]:
        """What speaks against the new versions; nothing if they are as good as the old ones.

        An alarm that was raised before the deploy does not: it may be what the release mends.
        """
        for alarm in sorted(self.alarms().keys() - known_alarms):
            yield f"the alarm {alarm} is raised"
        tallies = self._tallies(splits, since, until)
        old, new = Tally(), Tally()
        for split in splits:
            before, after = tallies[split.function, split.old], tallies[split.function, split.new]
            old, new = old + before, new + after
            if after.is_worse_than(before):
                yield f"{split.function} fails in {after.rate:.1%} of its calls, the old version in {before.rate:.1%}"
        if new.is_worse_than(old):
            yield f"{new.errors:.0f} of {new.calls:.0f} calls failed, of the old versions {old.rate:.1%}"

    def _tallies(self, splits: Sequence[Split], since: datetime, until: datetime) -> dict[tuple[str, str], Tally]:
        versions = [(split.function, version) for split in splits for version in (split.old, split.new)]
        asked = [(at, name, metric) for at, name in enumerate(versions) for metric in ("Invocations", "Errors")]
        sums: dict[str, float] = {}
        for queries in batched(asked, _QUERIES, strict=False):
            pages = self._client.get_paginator("get_metric_data").paginate(
                MetricDataQueries=[_query(f"{metric.lower()}{at}", *name, metric) for at, name, metric in queries],
                StartTime=since,
                EndTime=until,
            )
            for page in pages:
                for result in page["MetricDataResults"]:
                    sums[result["Id"]] = sums.get(result["Id"], 0) + sum(result["Values"])
        return {
            name: Tally(sums.get(f"invocations{at}", 0), sums.get(f"errors{at}", 0)) for at, name in enumerate(versions)
        }


def watches_the_stage_alone(alarm: Mapping[str, Any], prefix: str) -> bool:
    """Whether each figure of the alarm has a dimension with a name of the stage; `prefix` begins these names.

    A figure without one is of the whole account, which another stage may share: what fails there is no fault of this
    stage's release. `alarm` is as CloudWatch and CloudFormation write it.
    """
    metrics = [each["MetricStat"]["Metric"] for each in alarm.get("Metrics", []) if "MetricStat" in each] or [alarm]
    return all(any(prefix in str(named["Value"]) for named in metric.get("Dimensions", [])) for metric in metrics)


def _query(query_id: str, function: str, version: str, metric: str) -> dict[str, Any]:
    named = {"FunctionName": function, "Resource": f"{function}:{LIVE}", "ExecutedVersion": version}
    return {
        "Id": query_id,
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/Lambda",
                "MetricName": metric,
                "Dimensions": [{"Name": name, "Value": value} for name, value in named.items()],
            },
            "Period": _PERIOD_S,
            "Stat": "Sum",
        },
    }

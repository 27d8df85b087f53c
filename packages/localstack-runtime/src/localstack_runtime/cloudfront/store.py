"""What the stacks have deployed of CloudFront, by ids. It ends with the process."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

type Config = Mapping[str, Any]

_BUCKET = re.compile(r"(?P<bucket>.+?)\.s3[.-].*")
_UNSERVED = ("CacheBehaviors", "CustomErrorResponses", "OriginGroups")
_UNSERVED_BEHAVIOUR = (
    "FunctionAssociations", "LambdaFunctionAssociations", "FieldLevelEncryptionId", "ForwardedValues",
    "OriginRequestPolicyId", "RealtimeLogConfigArn", "TrustedKeyGroups", "TrustedSigners",
)  # fmt: skip
_UNSERVED_HEADERS = ("CorsConfig", "ServerTimingHeadersConfig")

MANAGED_CACHING: Mapping[str, Config] = {
    "658327ea-f89d-4fab-a63d-7e88639e58f6": {"EnableAcceptEncodingBrotli": True, "EnableAcceptEncodingGzip": True},
    "b2884449-e4de-46a7-ac36-70bc7f1ddd6d": {},
    "4135ea2d-6df8-44a3-9df3-4b5a84be39ad": {},
}
"""AWS's own: CachingOptimized, CachingOptimizedForUncompressedObjects, CachingDisabled."""


class UnservedError(ValueError):
    """The configuration asks for what is not served here."""


@dataclass(frozen=True)
class Distribution:
    """One deployed distribution. `account` is the owner's."""

    id: str
    account: str
    config: Config

    @property
    def arn(self) -> str:
        """What policies of a bucket name as the source."""
        return f"arn:aws:cloudfront::{self.account}:distribution/{self.id}"

    @property
    def behaviour(self) -> Config:
        """The default cache behaviour, the only one."""
        behaviour: Config = self.config["DefaultCacheBehavior"]
        return behaviour

    @property
    def origin(self) -> Config:
        """The origin of all requests."""
        wanted = self.behaviour["TargetOriginId"]
        return next(each for each in self.config["Origins"] if each["Id"] == wanted)

    @property
    def bucket(self) -> str:
        """The name of the origin's bucket."""
        found = _BUCKET.fullmatch(self.origin["DomainName"])
        if found is None:
            raise UnservedError(f"the origin {self.origin['DomainName']} is no bucket of S3")
        return found["bucket"]


@dataclass
class Store:
    """Distributions and policies by their ids."""

    distributions: dict[str, Distribution] = field(default_factory=dict)
    access_controls: dict[str, Config] = field(default_factory=dict)
    cache_policies: dict[str, Config] = field(default_factory=dict)
    header_policies: dict[str, Config] = field(default_factory=dict)

    def put(self, distribution: Distribution) -> None:
        """Serve the distribution from now on. Raises `UnservedError`."""
        self._check(distribution)
        self.distributions[distribution.id] = distribution

    def put_headers(self, policy_id: str, policy: Config) -> None:
        """Keep a response headers policy. Raises `UnservedError`."""
        _refuse(policy, _UNSERVED_HEADERS)
        self.header_policies[policy_id] = policy

    def encodings(self, distribution: Distribution) -> tuple[str, ...]:
        """The content encodings that a distribution may answer with, the better first."""
        policy = self._caching(distribution.behaviour["CachePolicyId"])
        if not _is_true(distribution.behaviour.get("Compress")):
            return ()
        switches = {"br": "EnableAcceptEncodingBrotli", "gzip": "EnableAcceptEncodingGzip"}
        return tuple(name for name, switch in switches.items() if _is_true(policy.get(switch)))

    def headers(self, distribution: Distribution) -> Config:
        """The distribution's response headers policy; empty without one."""
        policy_id = distribution.behaviour.get("ResponseHeadersPolicyId")
        return self.header_policies[policy_id] if policy_id else {}

    def _check(self, distribution: Distribution) -> None:
        """Whether everything that the distribution asks for is served."""
        _refuse(distribution.config, _UNSERVED)
        _refuse(distribution.behaviour, _UNSERVED_BEHAVIOUR)
        if distribution.behaviour.get("CachePolicyId") not in {*self.cache_policies, *MANAGED_CACHING}:
            raise UnservedError(f"there is no cache policy {distribution.behaviour.get('CachePolicyId')}")
        if (policy := distribution.behaviour.get("ResponseHeadersPolicyId")) and policy not in self.header_policies:
            raise UnservedError(f"there is no response headers policy {policy}")
        bucket = distribution.bucket
        if distribution.origin.get("OriginAccessControlId") not in self.access_controls:
            raise UnservedError(f"the origin {bucket} has no origin access control")

    def _caching(self, policy_id: str) -> Config:
        if policy_id in MANAGED_CACHING:
            return MANAGED_CACHING[policy_id]
        told: Config = self.cache_policies[policy_id]["ParametersInCacheKeyAndForwardedToOrigin"]
        return told


def _refuse(config: Config, names: tuple[str, ...]) -> None:
    if asked := [name for name in names if config.get(name)]:
        raise UnservedError(f"{', '.join(asked)} of a distribution are not served here")


def _is_true(value: Any) -> bool:
    """Templates hold booleans as text, too."""
    return str(value).lower() == "true"


STORE = Store()
"""Shared by the resource types, which write, and by those who serve."""

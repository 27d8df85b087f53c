"""`AWS::CloudFront`: distributions in front of buckets, and the policies that they refer to."""

import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from ..cloudfront.store import STORE, Config, Distribution
from .resource import Properties, Request, ResourceType

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


@dataclass(frozen=True)
class Kept:
    """A part that distributions refer to by its id."""

    type_name: str
    config: str
    """The property that holds all others."""
    keep: Callable[[str, Config], None]
    forget: Callable[[str], object]
    identifier: str = "Id"
    create_only: tuple[str, ...] = ()

    def create(self, request: Request) -> Properties:
        """Ids are new ones."""
        return self._kept(request, str(uuid.uuid4()))

    def update(self, request: Request) -> Properties:
        """The id stays; distributions that refer to it follow at once."""
        return self._kept(request, request.previous["Id"])

    def delete(self, request: Request) -> None:
        """No distribution refers to it any more."""
        self.forget(request.previous["Id"])

    def _kept(self, request: Request, identifier: str) -> Properties:
        self.keep(identifier, request.properties[self.config])
        return {"Id": identifier}


@dataclass(frozen=True)
class DistributionType:
    """A distribution. It is served as soon as it is made."""

    type_name: str = "AWS::CloudFront::Distribution"
    identifier: str = "Id"
    create_only: tuple[str, ...] = ()

    def create(self, request: Request) -> Properties:
        """Ids look as those of AWS do."""
        return self._served(request, "E" + "".join(secrets.choice(_LETTERS) for _ in range(13)))

    def update(self, request: Request) -> Properties:
        """The id and the name stay."""
        return self._served(request, request.previous["Id"])

    def delete(self, request: Request) -> None:
        """It is served no more."""
        STORE.distributions.pop(request.previous["Id"], None)

    @staticmethod
    def _served(request: Request, identifier: str) -> Properties:
        STORE.put(Distribution(identifier, request.account, request.properties["DistributionConfig"]))
        return {"Id": identifier, "DomainName": f"{identifier.lower()}.cloudfront.net"}


TYPES: tuple[ResourceType, ...] = (
    Kept(
        "AWS::CloudFront::OriginAccessControl",
        "OriginAccessControlConfig",
        STORE.access_controls.__setitem__,
        lambda identifier: STORE.access_controls.pop(identifier, None),
    ),
    Kept(
        "AWS::CloudFront::CachePolicy",
        "CachePolicyConfig",
        STORE.cache_policies.__setitem__,
        lambda identifier: STORE.cache_policies.pop(identifier, None),
    ),
    Kept(
        "AWS::CloudFront::ResponseHeadersPolicy",
        "ResponseHeadersPolicyConfig",
        STORE.put_headers,
        lambda identifier: STORE.header_policies.pop(identifier, None),
    ),
    DistributionType(),
)

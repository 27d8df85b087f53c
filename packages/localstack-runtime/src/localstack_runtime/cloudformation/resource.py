"""Resource types of this package, and their registration with LocalStack's CloudFormation engine.

A type defines how to create, update and delete; `provider_for` does everything that all types share.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from localstack.services.cloudformation.provider_utils import generate_default_name
from localstack.services.cloudformation.resource_provider import (
    OperationStatus,
    ProgressEvent,
    ResourceProvider,
    ResourceRequest,
)

Properties = dict[str, Any]


class Request:
    """One resource to be created, updated or deleted."""

    def __init__(self, request: ResourceRequest[Properties]) -> None:
        self._request = request
        self.properties: Properties = dict(request.desired_state)
        self.previous: Properties = dict(request.previous_state or {})
        self.account: str = request.account_id
        self.region: str = request.region_name
        self.stack: str = request.stack_name
        self.resource_type: str = request.resource_type
        self.logical_id: str = request.logical_resource_id

    def client(self, service: str) -> Any:
        """A client in the stack's account and region.

        It drops parameters that an operation does not have and converts the text that templates hold for numbers and
        booleans, so that properties can be passed as they are.
        """
        return getattr(self._request.aws_client_factory, service)

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource of this stack."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"

    def name(self, prop: str, limit: int = 63) -> str:
        """The template's name, else one made of stack and logical id, as CloudFormation does."""
        given = self.properties.get(prop) or self.previous.get(prop)
        return str(given or generate_default_name(self.stack, self.logical_id)[-limit:].lstrip("-"))


class ResourceType(Protocol):
    """A CloudFormation resource type. `create` and `update` return the attributes that `GetAtt` gives."""

    @property
    def type_name(self) -> str:
        """As templates write it, `AWS::Service::Resource`."""

    @property
    def identifier(self) -> str:
        """The property or attribute that `Ref` gives."""

    @property
    def create_only(self) -> tuple[str, ...]:
        """Properties whose change replaces the resource."""

    def create(self, request: Request) -> Properties:
        """Bring it into being."""

    def update(self, request: Request) -> Properties:
        """Bring the existing resource in line with new properties."""

    def delete(self, request: Request) -> None:
        """Delete it; a not-found error counts as success."""


@dataclass(frozen=True)
class Recorded:
    """A type of which only the record matters locally: nothing runs behind it.

    `attributes` makes what `GetAtt` and `Ref` give, the same at every update. `without_effect` says what the resource
    would do on AWS and does not do here; the stack's events have it, so that every deploy names such resources.
    """

    type_name: str
    identifier: str
    attributes: Callable[[Request], Properties] = lambda _request: {}
    create_only: tuple[str, ...] = ()
    without_effect: str = ""

    def create(self, request: Request) -> Properties:
        """The attributes, with a generated name if the template gives none."""
        return {self.identifier: request.name(self.identifier), **self.attributes(request)}

    def update(self, request: Request) -> Properties:
        """Attributes that were given before stay: others may hold them."""
        fresh = self.create(request)
        return {name: request.previous.get(name, value) for name, value in fresh.items()}

    def delete(self, request: Request) -> None:
        """Only the record exists, so nothing is deleted."""


@dataclass(frozen=True)
class Operations:
    """A type whose properties are the parameters of three operations of one service."""

    type_name: str
    identifier: str
    service: str
    noun: str
    keys: tuple[str, ...]
    create_only: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    result: str | None = None
    defaults: Callable[[Request], Properties] = lambda _request: {}
    derived: Callable[[Request, Properties], Properties] = lambda _request, _attributes: {}

    def create(self, request: Request) -> Properties:
        """Attributes come from the operation's answer."""
        parameters = {**self.defaults(request), **request.properties}
        answer = getattr(request.client(self.service), f"create_{self.noun}")(**parameters)
        return self._attributes(request, {**parameters, **answer, **answer.get(self.result or "", {})})

    def update(self, request: Request) -> Properties:
        """The same parameters, addressed to the existing resource."""
        parameters = {**self.defaults(request), **request.properties, **self._address(request)}
        getattr(request.client(self.service), f"update_{self.noun}")(**parameters)
        return self._attributes(request, {**request.previous, **parameters})

    def delete(self, request: Request) -> None:
        """Addressed by the type's keys."""
        getattr(request.client(self.service), f"delete_{self.noun}")(**self._address(request))

    def _address(self, request: Request) -> Properties:
        return {key: request.previous.get(key, request.properties.get(key)) for key in self.keys}

    def _attributes(self, request: Request, known: Properties) -> Properties:
        names = {self.identifier, *self.attributes}
        attributes = {name: known[name] for name in names if name in known}
        return {**attributes, **self.derived(request, attributes)}


@dataclass
class Registry:
    """The types of this package by name."""

    types: dict[str, ResourceType] = field(default_factory=dict)

    def add(self, *types: ResourceType) -> None:
        """Register types; each name once."""
        for each in types:
            assert each.type_name not in self.types, each.type_name
            self.types[each.type_name] = each


def provider_for(kind: ResourceType) -> ResourceProvider[Properties]:
    """LocalStack's view of a type."""

    class Provider(ResourceProvider[Properties]):  # type: ignore[misc]
        TYPE = kind.type_name
        SCHEMA: ClassVar[dict[str, Any]] = {
            "typeName": kind.type_name,
            "primaryIdentifier": [f"/properties/{kind.identifier}"],
            "createOnlyProperties": [f"/properties/{name}" for name in kind.create_only],
            "properties": {},
        }

        def create(self, request: ResourceRequest[Properties]) -> ProgressEvent[Properties]:
            wrapped = Request(request)
            return done({**wrapped.properties, **kind.create(wrapped)}, _notice(kind))

        def update(self, request: ResourceRequest[Properties]) -> ProgressEvent[Properties]:
            wrapped = Request(request)
            return done({**wrapped.properties, **kind.update(wrapped)}, _notice(kind))

        def delete(self, request: ResourceRequest[Properties]) -> ProgressEvent[Properties]:
            kind.delete(Request(request))
            return done({})

    return Provider()


def done(model: Properties, notice: str = "") -> ProgressEvent[Properties]:
    """The event that reports success to the engine. The stack's event shows the notice as its reason."""
    return ProgressEvent(OperationStatus.SUCCESS, resource_model=model, message=notice)


def _notice(kind: ResourceType) -> str:
    return f"Without effect here: {kind.without_effect}" if isinstance(kind, Recorded) and kind.without_effect else ""

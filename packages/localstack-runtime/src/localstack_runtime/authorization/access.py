"""Refuses what neither the policies of a role nor those of a resource allow."""

import logging
from dataclasses import dataclass

from .decisions import Question, refusal
from .needs import Call, Keys, Need, Place, UnknownOperationError, needs
from .policies import UnknownElementError
from .resources import LocalResources
from .roles import Roles, Session, Sessions, works_for_a_service

LOG = logging.getLogger(__name__)
TABLE = "localstack_runtime/authorization/needs.py"


class DeniedError(Exception):
    """The caller may not do this. The text is AWS's."""


@dataclass(frozen=True, slots=True)
class ServiceCaller:
    """A service that calls in its own name."""

    name: str
    """As LocalStack names it: `events`."""
    source_arn: str | None
    """The rule, topic, route or schedule group for which it calls."""

    @property
    def arn(self) -> str:
        """The service's principal."""
        return f"{self.name}.amazonaws.com"


class Access:
    """Decides on calls of roles that services assume, and on calls that services make in their own name."""

    def __init__(self) -> None:
        self._sessions = Sessions()
        self._roles = Roles()
        self._resources = LocalResources()

    def session(self, access_key: str, account: str) -> Session | None:
        """The caller's session, if it is held to its role's policies: an AWS service assumes that role.

        LocalStack lets everybody assume a role that does not exist, as deployments do; it is held to nothing.
        """
        session = self._sessions.of(access_key, account)
        trust = self._roles.trust(session.role_arn) if session else None
        return session if trust and works_for_a_service(trust) else None

    def check_call(self, caller: Session | ServiceCaller, call: Call) -> None:
        """Raises `DeniedError` unless the caller may make the call."""
        try:
            wanted = needs(call, self._resources)
        except UnknownOperationError as error:
            raise _denied(caller.arn, Need(str(error), "*"), f"because {TABLE} does not say what it needs") from error
        for need in wanted:
            self.check(caller, need, call.place)

    def check(self, caller: Session | ServiceCaller, need: Need, place: Place) -> None:
        """Raises `DeniedError` unless the caller's policies or the resource's allow what is needed."""
        self._decide(caller, need, place, self._resources.policies(need.resource))

    def allows(self, caller: Session | ServiceCaller, need: Need, place: Place) -> bool:
        """Whether it is allowed, for a question that is no call: nothing is logged as refused."""
        return self._refusal(caller, need, place, self._resources.policies(need.resource)) is None

    def check_assumption(self, caller: ServiceCaller, role_arn: str, place: Place) -> None:
        """Raises `DeniedError` unless the role trusts the service."""
        trust = self._roles.trust(role_arn)
        self._decide(caller, Need("sts:AssumeRole", role_arn), place, (trust,) if trust else ())

    def _decide(self, caller: Session | ServiceCaller, need: Need, place: Place, attached: tuple[str, ...]) -> None:
        if reason := self._refusal(caller, need, place, attached):
            raise _denied(caller.arn, need, reason)

    def _refusal(
        self, caller: Session | ServiceCaller, need: Need, place: Place, attached: tuple[str, ...]
    ) -> str | None:
        """Why it is refused; None if it is not."""
        context = self._context(caller, need, place)
        try:
            identity = self._identity_policies(caller)
            return refusal(Question(_principal(caller), need.action, need.resource, context, identity, attached))
        except UnknownElementError as error:
            return f"because its policies have what is not evaluated here: {error}"

    def _context(self, caller: Session | ServiceCaller, need: Need, place: Place) -> Keys:
        """The condition keys of a request, in one order, so that equal requests are equal questions."""
        # Clients of AWS use TLS unless they are told otherwise; only here they do not.
        keys: dict[str, str | tuple[str, ...] | None] = {
            "aws:securetransport": "true",
            "aws:requestedregion": place.region,
            **dict(need.keys),
        }
        if isinstance(caller, Session):
            keys |= {"aws:principalarn": caller.role_arn, "aws:principalaccount": caller.account}
            keys |= {"lambda:sourcefunctionarn": self._resources.function_of(place, caller.name, caller.role_arn)}
        else:
            keys |= {"aws:sourceaccount": place.account, "aws:sourcearn": caller.source_arn}
        if need.via:
            keys |= {"kms:viaservice": need.via, "kms:calleraccount": place.account}
        return tuple((key, value) for key, value in keys.items() if value is not None)

    def _identity_policies(self, caller: Session | ServiceCaller) -> tuple[str, ...]:
        """Raises `UnknownElementError` for a session that may do less than its role."""
        if isinstance(caller, ServiceCaller):
            return ()
        if caller.is_limited:
            raise UnknownElementError("the policy of a session")
        return self._roles.policies(caller.role_arn)


def _principal(caller: Session | ServiceCaller) -> tuple[str, str]:
    return ("AWS", caller.role_arn) if isinstance(caller, Session) else ("Service", caller.arn)


def _denied(caller: str, need: Need, reason: str) -> DeniedError:
    text = f"User: {caller} is not authorized to perform: {need.action} on resource: {need.resource} {reason}"
    LOG.warning("%s", text)
    return DeniedError(text)


ACCESS = Access()
"""Shared by all who ask: its sessions and roles are found once."""

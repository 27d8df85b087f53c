"""Roles whose credentials a caller has, and what their policies say; moto keeps both."""

import json
from dataclasses import dataclass
from functools import lru_cache

from moto.iam.models import ManagedPolicy, Role, iam_backends
from moto.sts.models import sts_backends

from .policies import KEPT_DOCUMENTS, UnknownElementError, listed

PARTITION = "aws"


@dataclass(frozen=True, slots=True)
class Session:
    """A role that was assumed."""

    role_arn: str
    name: str
    is_limited: bool = False
    """Whether it was assumed with a policy of its own, which allows less than the role's."""

    @property
    def account(self) -> str:
        """The account of the role."""
        return self.role_arn.split(":")[4]

    @property
    def arn(self) -> str:
        """The caller's ARN, as messages name it."""
        return f"arn:aws:sts::{self.account}:assumed-role/{self.role_arn.rpartition('/')[2]}/{self.name}"


class Sessions:
    """Finds a session by its access key. moto has a list of them, which grows with each process that starts."""

    def __init__(self) -> None:
        self._by_key: dict[str, Session] = {}
        self._seen: dict[str, int] = {}

    def of(self, access_key: str, account: str) -> Session | None:
        """The session with the access key; None for credentials of a user or of an account's root."""
        session = self._by_key.get(access_key)
        if session is None:
            self._read_new(account)
            session = self._by_key.get(access_key)
        return session

    def _read_new(self, account: str) -> None:
        assumed = sts_backends[account][PARTITION].assumed_roles
        seen = self._seen.get(account, 0)
        for role in assumed[seen:]:
            self._by_key[role.access_key_id] = Session(role.role_arn, role.session_name, bool(role.policy))
            seen += 1
        self._seen[account] = seen


class Roles:
    """Finds a role by its ARN, and its documents."""

    def __init__(self) -> None:
        self._by_arn: dict[str, Role] = {}

    def policies(self, arn: str) -> tuple[str, ...]:
        """The documents of a role's inline and managed policies; a role that was deleted has none.

        Raises `UnknownElementError` for a permissions boundary.
        """
        role = self._find(arn)
        if role is None:
            return ()
        if role.permissions_boundary_arn:
            raise UnknownElementError(f"the permissions boundary {role.permissions_boundary_arn}")
        return (*list(role.policies.values()), *map(_in_force, list(role.managed_policies.values())))

    def trust(self, arn: str) -> str | None:
        """The document that says who may assume a role; None if there is no such role."""
        role = self._find(arn)
        return str(role.assume_role_policy_document) if role else None

    def _find(self, arn: str) -> Role | None:
        account = arn.split(":")[4]
        backend = iam_backends[account][PARTITION]
        role = self._by_arn.get(arn)
        if role is None or backend.roles.get(role.id) is not role:
            role = next((each for each in list(backend.roles.values()) if each.arn == arn), None)
            if role:
                self._by_arn[arn] = role
        return role


def _in_force(policy: ManagedPolicy) -> str:
    return next(str(version.document) for version in policy.versions if version.is_default)


@lru_cache(KEPT_DOCUMENTS)
def works_for_a_service(trust: str) -> bool:
    """Whether an AWS service assumes the role. Roles of persons and deployments are not held to their policies."""
    return any(
        service != "cloudformation.amazonaws.com"
        for statement in listed(json.loads(trust)["Statement"])
        if isinstance(principal := statement.get("Principal"), dict)
        for service in listed(principal.get("Service", []))
    )

"""The requested operation, checked before a file is written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from rideflow.identity.model import known_permissions, shipped_roles

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_WITH_BODY = {"POST", "PUT", "PATCH"}
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_ROUTE = re.compile(r"/v1(/([a-z][a-z0-9-]*|\{[a-z][a-z0-9_]*\}))+")


class RefusedError(Exception):
    """The operation cannot be made. The text gives the reason and the accepted values."""


@dataclass(frozen=True)
class Operation:
    """A REST operation. `route` is `/v1/…` with `{parameters}`, which are UUIDs."""

    context: str
    name: str
    method: str
    route: str
    permission: str

    @property
    def key(self) -> str:
        return f"{self.context}/{self.name}"

    @property
    def title(self) -> str:
        """`PutConsents` of `put_consents`."""
        return "".join(word.capitalize() for word in self.name.split("_"))

    @property
    def words(self) -> str:
        """`Put consents` of `put_consents`."""
        return self.name.replace("_", " ").capitalize()

    @property
    def parameters(self) -> list[str]:
        return re.findall(r"\{(\w+)\}", self.route)

    @property
    def has_body(self) -> bool:
        return self.method in _WITH_BODY

    @property
    def roles(self) -> list[str]:
        """The roles that have the permission, in the order of the data."""
        return [name for name, role in shipped_roles().by_name.items() if self.permission in role.permissions]


def asked_for(root: Path, key: str, method: str, route: str, permission: str) -> Operation:
    """The operation. Raises `RefusedError`."""
    context, _, name = key.partition("/")
    contexts = sorted(path.stem for path in (root / "infra" / "contexts").glob("*.py") if path.stem in _folders(root))
    if context not in contexts:
        raise RefusedError(f"{context!r} is no context. There are: {', '.join(contexts)}.")
    if not _NAME.fullmatch(name):
        raise RefusedError(f"An operation is named by words in lower case, such as {context}/get_consents.")
    if (root / "functions" / context / f"{name}.py").exists():
        raise RefusedError(f"functions/{context}/{name}.py is there already.")
    if method not in METHODS:
        raise RefusedError(f"METHOD is one of {', '.join(METHODS)}.")
    if not _ROUTE.fullmatch(route):
        raise RefusedError("ROUTE is a path of the API, such as /v1/riders/me/consents or /v1/trips/{trip_id}/notes.")
    if permission not in known_permissions():
        known = ", ".join(sorted(known_permissions()))
        raise RefusedError(f"PERMISSION {permission!r} is in no role. Add it to identity/roles.json, or take: {known}.")
    return Operation(context, name, method, route, permission)


def _folders(root: Path) -> set[str]:
    return {path.name for path in (root / "functions").iterdir() if path.is_dir()}

"""Docstrings and entry points of the handler files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

from rideflow.kernel import settings
from rideflow.kernel.rest import RestApi
from tools.contracts.operations import operations

PERMISSIONS_ONLY = {"deployment_answers", "states"}
"""Needs without settings: a task token is enough to answer a saga, a signed address to answer CloudFormation."""

SETTINGS: dict[str, type[settings.Settings]] = {
    each.prefix: each for each in vars(settings).values() if isinstance(each, type) and hasattr(each, "prefix")
}


@dataclass(frozen=True)
class Handler:
    """One file of `functions/`."""

    context: str
    operation: str
    module: ModuleType

    @property
    def key(self) -> tuple[str, str]:
        return self.context, self.operation

    @property
    def app(self) -> Any:
        return self.module.app

    def told(self, word: str) -> str:
        """The docstring's text after `Needs:`, `Consumes:`, `Runs:` or `Works:`, up to the full stop."""
        found = re.search(rf"^{word}: (.*?)\.\s*$", self.module.__doc__ or "", re.MULTILINE | re.DOTALL)
        return " ".join(found.group(1).split()) if found else ""

    @property
    def needs(self) -> set[str]:
        return {need.strip() for need in self.told("Needs").split(",")} - {""}

    @property
    def settings(self) -> set[str]:
        """The environment variables of its needs, and the one that every function has."""
        needed = (SETTINGS[need] for need in {"release"} | self.needs - PERMISSIONS_ONLY)
        return {name for each in needed for name in each.variables()}

    @property
    def routes(self) -> list[Any]:
        """Powertools' routes, of a REST operation."""
        if not isinstance(self.app, RestApi):
            return []
        return [*self.app._static_routes, *self.app._dynamic_routes]


@cache
def handlers() -> tuple[Handler, ...]:
    return tuple(
        Handler(operation.context, operation.name, import_module(f"functions.{operation.context}.{operation.name}"))
        for operation in operations()
    )


def deployed_path(route: Any) -> str:
    """Powertools writes `<trip_id>` where API Gateway writes `{trip_id}`."""
    return re.sub(r"<(\w+)>", r"{\1}", route.path)

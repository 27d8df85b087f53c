"""`stack.json`: the addresses and keys of the running stack, for its clients."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from infra.constructs.naming import stack_name

type Outputs = dict[str, dict[str, str]]
"""Stack name → the outputs of its template."""

STRIPE_ITSELF = "https://api.stripe.com"
API_STACK = stack_name("local", "api")


@dataclass(frozen=True)
class StackRecord:
    """`rest_url` and `websocket_url` are empty until the first deploy. `outputs` has every stack that was deployed.

    `operator_password` is of the one operator by whom links to the console are signed in, made when a link is wanted.
    `basemap` is the folder with which the stack was started: each publish of the console reads it again.
    """

    pid: int
    endpoint_url: str
    database_url: str
    redis_url: str
    cognito_url: str
    stripe_url: str
    stripe_api_key: str
    stripe_webhook_secret: str
    rest_url: str = ""
    websocket_url: str = ""
    user_pool_id: str = ""
    user_pool_client_id: str = ""
    console_url: str = ""
    stripe_publishable_key: str | None = None
    operator_password: str = ""
    basemap: str | None = None
    stage: str = "local"
    outputs: Outputs = field(default_factory=dict)

    @property
    def uses_stripe_double(self) -> bool:
        return self.stripe_url != STRIPE_ITSELF

    def save(self, file: Path) -> None:
        """Write the record atomically: a reader never sees half of it."""
        unfinished = file.with_suffix(".new")
        unfinished.unlink(missing_ok=True)
        unfinished.touch(0o600)  # it holds Stripe's keys
        unfinished.write_text(json.dumps(asdict(self), indent=2) + "\n")
        unfinished.replace(file)

    def deployed(self, outputs: Outputs) -> "StackRecord":
        """The record with the addresses from the stacks' outputs."""
        told = {name: value for stack in outputs.values() for name, value in stack.items()}
        api = outputs.get(API_STACK, {})
        known: dict[str, Any] = asdict(self) | {
            "rest_url": self._api_url("http", api.get("RestApiId"), api.get("RestStage")),
            "websocket_url": self._api_url("ws", api.get("WebSocketApiId"), api.get("WebSocketStage")),
            "user_pool_id": told.get("UserPoolId", ""),
            "user_pool_client_id": told.get("UserPoolClientId", ""),
            "console_url": told.get("ConsoleUrl", ""),
            "outputs": outputs,
        }
        return StackRecord(**known)

    def output(self, name: str) -> str | None:
        """The output of that name, whichever stack has it."""
        return next((stack[name] for stack in self.outputs.values() if name in stack), None)

    def _api_url(self, scheme: str, api: str | None, stage: str | None) -> str:
        host = self.endpoint_url.partition("://")[2]
        return f"{scheme}://{host}/_aws/execute-api/{api}/{stage}" if api and stage else ""


def load(file: Path) -> StackRecord:
    return StackRecord(**json.loads(file.read_text()))

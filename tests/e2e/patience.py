"""How long riders wait for a driver: five minutes, which a test may shorten."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_FUNCTION = "rideflow-local-dispatch-on_trip_requested"


@contextmanager
def patience(functions: Any, seconds: int) -> Iterator[None]:
    """Inside the block riders wait so long, by a version of the function that starts sagas.

    `functions` is a client of Lambda.
    """
    live = functions.get_alias(FunctionName=_FUNCTION, Name="live")["FunctionVersion"]
    variables = functions.get_function_configuration(FunctionName=_FUNCTION)["Environment"]["Variables"]
    _set(functions, {**variables, "MATCH_SAGA_PATIENCE_S": str(seconds)})
    impatient = functions.publish_version(FunctionName=_FUNCTION)["Version"]
    functions.update_alias(FunctionName=_FUNCTION, Name="live", FunctionVersion=impatient)
    try:
        yield
    finally:
        functions.update_alias(FunctionName=_FUNCTION, Name="live", FunctionVersion=live)
        _set(functions, variables)


def _set(functions: Any, variables: dict[str, str]) -> None:
    functions.update_function_configuration(FunctionName=_FUNCTION, Environment={"Variables": variables})
    functions.get_waiter("function_updated_v2").wait(FunctionName=_FUNCTION)

"""A reference to a resource that is updated in place has the value that it had.

LocalStack takes it for changed. It then replaces resources whose create-only properties refer to one that is updated:
the stage of a REST API whose document has changed, say, which fails, for the stage exists.
"""

from typing import Any

from localstack.services.cloudformation.engine.v2.change_set_model import (
    ChangeSetModel,
    ChangeType,
    NodeCondition,
    NodeParameter,
    TerminalValue,
)

_change_of = ChangeSetModel._resolve_intrinsic_function_ref


def _resolve_ref(model: Any, arguments: Any) -> Any:
    change = _change_of(model, arguments)
    if change != ChangeType.MODIFIED or arguments.change_type != ChangeType.UNCHANGED:
        return change
    if not isinstance(arguments, TerminalValue):
        return change
    name = arguments.value
    if isinstance(model._retrieve_condition_if_exists(condition_name=name), NodeCondition):
        return change
    if isinstance(model._retrieve_parameter_if_exists(parameter_name=name), NodeParameter):
        return change
    is_replaced = model._retrieve_or_visit_resource(resource_name=name).requires_replacement
    return change if is_replaced else ChangeType.UNCHANGED


def install() -> None:
    """Replace LocalStack's answer."""
    ChangeSetModel._resolve_intrinsic_function_ref = _resolve_ref

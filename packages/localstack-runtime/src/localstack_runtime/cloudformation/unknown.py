"""Resource types that nothing answers stop a deploy and are named; LocalStack reports them as created.

A stack is refused before anything of it is made or changed. `CFN_IGNORE_UNSUPPORTED_RESOURCE_TYPES=1` brings
LocalStack's way back; its lists `CFN_IGNORE_UNSUPPORTED_TYPE_CREATE` and `CFN_IGNORE_UNSUPPORTED_TYPE_UPDATE` excuse
single types.
"""

import os
from collections import defaultdict
from typing import Any

from localstack import config
from localstack.services.cloudformation.engine.v2.change_set_model import ChangeType, NodeResource, NodeTemplate
from localstack.services.cloudformation.engine.v2.change_set_model_visitor import ChangeSetModelVisitor
from localstack.services.cloudformation.engine.v2.unsupported_resource import should_ignore_unsupported_resource_type
from localstack.services.cloudformation.engine.validations import ValidationError
from localstack.services.cloudformation.resource_provider import ResourceProviderExecutor
from localstack.services.cloudformation.v2 import provider

SETTING = "CFN_IGNORE_UNSUPPORTED_RESOURCE_TYPES"


class UnknownTypes(ChangeSetModelVisitor):  # type: ignore[misc]
    """Looks through a template for types without a provider; LocalStack's own checker asks a catalogue instead."""

    TITLE_MESSAGE = "Neither LocalStack nor localstack-runtime knows"

    def __init__(self, change_set_type: Any) -> None:
        self._change_set_type = change_set_type
        self._is_update = False
        self._unknown: dict[str, list[str]] = defaultdict(list)

    @property
    def failure_messages(self) -> list[str]:
        """Each unknown type with the logical ids of its resources."""
        return [f"{name} ({', '.join(ids)})" for name, ids in self._unknown.items()]

    def visit_node_template(self, node_template: NodeTemplate) -> None:
        """Raises `ValidationError` for an update, since LocalStack would go on with one that its checker refuses."""
        super().visit_node_template(node_template)
        if self._unknown and self._is_update:
            raise ValidationError(f"{self.TITLE_MESSAGE} {', '.join(self.failure_messages)}")

    def visit_node_resource(self, node_resource: NodeResource) -> None:
        """Note the resource if nothing makes its type."""
        self._is_update = self._is_update or node_resource.change_type != ChangeType.CREATED
        resource_type: str = node_resource.type_.value
        if node_resource.change_type == ChangeType.REMOVED:
            return
        if should_ignore_unsupported_resource_type(resource_type, self._change_set_type):
            return
        if ResourceProviderExecutor.try_load_resource_provider(resource_type) is None:
            self._unknown[resource_type].append(node_resource.name)


def install() -> None:
    """Replace LocalStack's checker, and have it asked unless the environment says otherwise."""
    if not os.environ.get(SETTING):
        config.CFN_IGNORE_UNSUPPORTED_RESOURCE_TYPES = False
    provider.ChangeSetResourceSupportChecker = UnknownTypes

"""`Fn::Cidr`, by which a dual-stack VPC is cut into subnets, and which LocalStack's engine does not know."""

import ipaddress
from typing import Any

from localstack.services.cloudformation.engine.v2.change_set_model import INTRINSIC_FUNCTIONS, NodeIntrinsicFunction
from localstack.services.cloudformation.engine.v2.change_set_model_preproc import (
    ChangeSetModelPreproc,
    PreprocEntityDelta,
)

FUNCTION = "Fn::Cidr"
DEFAULT_BITS = 8


def blocks(block: str, count: int, bits: int = DEFAULT_BITS) -> list[str]:
    """The first `count` parts of the block, each with room for `bits` bits of host address.

    A block that is not known yet, because its VPC is not made yet, stands for each of its parts.
    """
    try:
        network = ipaddress.ip_network(block)
    except ValueError:
        return [block] * count
    parts = network.subnets(new_prefix=network.max_prefixlen - bits)
    return [str(part) for _, part in zip(range(count), parts, strict=False)]


def _visit(engine: ChangeSetModelPreproc, function: NodeIntrinsicFunction) -> PreprocEntityDelta:
    def compute(arguments: list[Any]) -> list[str]:
        block, count, *bits = arguments
        return blocks(str(block), int(count), *(int(each) for each in bits))

    return engine._cached_apply(
        scope=function.scope, arguments_delta=engine.visit(function.arguments), resolver=compute
    )


def install() -> None:
    """Add the function to the engine, whose visitors find the method by the function's name."""
    INTRINSIC_FUNCTIONS.add(FUNCTION)
    ChangeSetModelPreproc.visit_node_intrinsic_function_fn_cidr = _visit

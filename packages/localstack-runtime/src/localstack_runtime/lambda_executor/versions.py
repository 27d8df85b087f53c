"""Published versions and their weights.

LocalStack 4.14.0 cannot move an alias's weights: its own call of the check lacks the alias's version. It also starts a
queue and a thread that polls it for each version, although few versions are ever invoked asynchronously.
"""

from typing import Any

from localstack.services.lambda_.invocation.event_manager import LambdaEventManager
from localstack.services.lambda_.invocation.lambda_models import AliasRoutingConfig, Invocation
from localstack.services.lambda_.provider import LambdaProvider

from ..invocation import lambda_service


def _install_weights() -> None:
    check, update = LambdaProvider._create_routing_config_model, LambdaProvider.update_alias

    def checked(provider: Any, weights: dict[str, float], version: Any = None) -> AliasRoutingConfig:
        """Without a version the alias is updated, which `update_alias` has checked."""
        return check(provider, weights, version) if version else AliasRoutingConfig(version_weights=weights)

    def update_alias(provider: Any, context: Any, function_name: str, name: str, **changes: Any) -> Any:
        """Check the weights against the version that the alias will have, then update it."""
        weights = (changes.get("routing_config") or {}).get("AdditionalVersionWeights")
        if weights:
            version = (
                changes.get("function_version") or provider.get_alias(context, function_name, name)["FunctionVersion"]
            )
            check(provider, weights, _version(context, function_name, version))
        return update(provider, context, function_name, name, **changes)

    LambdaProvider._create_routing_config_model = checked
    LambdaProvider.update_alias = update_alias


def _version(context: Any, function_name: str, qualifier: str) -> Any:
    from localstack.services.lambda_ import api_utils, provider

    account, region = api_utils.get_account_and_region(function_name, context)
    name = api_utils.get_function_name(function_name, context)
    return provider.get_function_version(function_name=name, qualifier=qualifier, region=region, account_id=account)


def _install_events() -> None:
    begin, enqueue, stop_for_update = (
        LambdaEventManager.start,
        LambdaEventManager.enqueue_event,
        LambdaEventManager.stop_for_update,
    )

    def started(manager: LambdaEventManager) -> None:
        with manager.lifecycle_lock:
            if manager.poller is None and not manager.stopped.is_set():
                begin(manager)

    def enqueue_event(manager: LambdaEventManager, invocation: Invocation) -> None:
        started(manager)
        enqueue(manager, invocation)

    def hand_over(manager: LambdaEventManager) -> None:
        """The function's next code works off the queue, in which events may wait."""
        had_events = manager.poller is not None
        stop_for_update(manager)
        successor = lambda_service().event_managers.get(manager.version_manager.function_arn)
        if had_events and successor is not None:
            started(successor)

    LambdaEventManager.start = lambda _manager: None
    LambdaEventManager.enqueue_event = enqueue_event
    LambdaEventManager.stop_for_update = hand_over


def install() -> None:
    """Move weights, and start queues of asynchronous invocations when the first one comes."""
    _install_weights()
    _install_events()

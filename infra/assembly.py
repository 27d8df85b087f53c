"""Puts the stacks of one stage together."""

from __future__ import annotations

from collections.abc import Mapping

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks

from infra import capabilities
from infra.constructs.context import Routes
from infra.constructs.function import Runtime
from infra.constructs.queue import DeadLetterQueue, WorkQueue
from infra.contexts import CONTEXTS
from infra.contexts.cloud import Cloud
from infra.layers import functions_code
from infra.markets import check as check_markets
from infra.release import release_name
from infra.stacks.alarms import AlarmsStack
from infra.stacks.api import ApiStack
from infra.stacks.console import ConsoleStack
from infra.stacks.context import ContextStack
from infra.stacks.data import DataStack
from infra.stacks.layers import LayersStack
from infra.stacks.messaging import MessagingStack
from infra.stacks.network import NetworkStack
from infra.stages import Stage, stage_of


def app() -> cdk.App:
    """The app of the stage that `-c stage=` names, with the further markets of the folder that `-c markets=` names.

    Raises `MarketFaultsError` if a market cannot be deployed.
    """
    root = cdk.App()
    stage = stage_of(root.node.try_get_context)
    check_markets(stage.further_markets)
    build(root, stage)
    return root


def build(root: cdk.App, stage: Stage) -> None:
    """All stacks of the stage, each after the stacks that it depends on."""
    cdk.Validations.of(root).add_plugins(AwsSolutionsChecks(root))
    layers = LayersStack(root, stage)
    network = NetworkStack(root, stage)
    data = DataStack(root, stage, network)
    messaging = MessagingStack(root, stage, data.connections)
    code = functions_code()
    release = release_name(stage, [code.digest, *layers.layer_names])
    runtime = Runtime(stage, code, layers.layer_names, network.placement, release)
    routes = Routes([], [])
    contexts = _contexts(root, runtime, messaging, _cloud(data, messaging), routes)
    for context in contexts.values():
        for base in (layers, network, data, messaging):
            context.add_stack_dependency(base)
        if context is not contexts["kernel"]:
            context.add_stack_dependency(contexts["kernel"], "its functions expect the migrated schema")
    api = ApiStack(root, stage, websocket_api_id=messaging.websocket_api.api_id, routes=routes)
    for context in contexts.values():
        api.add_stack_dependency(context, "its routes are served by functions that it knows by name")
    ConsoleStack(root, stage, rest_url=api.rest_url, websocket_url=api.websocket_url)
    found = [construct for context in contexts.values() for construct in context.node.find_all()]
    queues = sorted(each.name for each in found if isinstance(each, WorkQueue))
    dead_letters = sorted(each.name for each in found if isinstance(each, DeadLetterQueue))
    AlarmsStack(root, stage, key=data.key, queues=queues, dead_letters=dead_letters)


def _cloud(data: DataStack, messaging: MessagingStack) -> Cloud:
    return Cloud(
        database=data.database,
        migrator=data.migrator,
        redis=data.redis,
        bus=capabilities.Bus(messaging.bus),
        realtime=messaging.realtime,
        stripe=data.stripe,
        payment_customers=data.payment_customers,
        supply=data.supply,
        locations=data.locations,
        sessions=data.sessions,
        roles=data.roles,
        person_keys=data.person_keys,
        guards=data.guards,
    )


def _contexts(
    root: cdk.App, runtime: Runtime, messaging: MessagingStack, cloud: Cloud, routes: Routes
) -> Mapping[str, ContextStack]:
    return {
        name: ContextStack(root, name, declare, runtime=runtime, bus=messaging.bus, cloud=cloud, routes=routes)
        for name, declare in CONTEXTS.items()
    }

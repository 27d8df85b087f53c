"""Consumers of events, and the functions that sagas may invoke."""

import pkgutil
import re
from importlib import import_module
from pathlib import Path

from rideflow.kernel.events import DomainEvent
from tests.infra.handlers import Handler, handlers
from tests.infra.policies import resolved
from tests.infra.synthesis import Resource, Synthesis

EVERY_CONTEXT = "rideflow.*"
WORKFLOWS = Path(__file__).resolve().parents[2] / "infra" / "workflows"


def _consumed(handler: Handler) -> tuple[str, set[str]]:
    """`TripCompleted, TripCancelled (rideflow.trips)` as source and types."""
    types, _, source = handler.told("Consumes").partition(" (")
    return source.rstrip(")"), {name.strip() for name in types.split(",")}


def _rules(synthesis: Synthesis) -> dict[str, Resource]:
    return {rule.properties["Name"]: rule for rule in synthesis.of_type("AWS::Events::Rule")}


def test_a_consumer_receives_exactly_the_events_that_its_handler_names(prod: Synthesis) -> None:
    consumers = [handler for handler in handlers() if handler.told("Consumes")]
    rules = _rules(prod)

    assert len(rules) == len(consumers)
    for handler in consumers:
        source, types = _consumed(handler)
        pattern = rules[f"rideflow-prod-{handler.context}-{handler.operation}"].properties["EventPattern"]
        if source == EVERY_CONTEXT:
            assert pattern == {"source": [{"prefix": "rideflow."}]}
        else:
            assert (pattern["source"], set(pattern["detail-type"])) == ([source], types)


def test_every_consumed_event_is_one_that_its_context_publishes() -> None:
    for handler in handlers():
        source, types = _consumed(handler)
        if source not in {"", EVERY_CONTEXT}:
            assert types <= _published(source), handler.key


def _published(source: str) -> set[str]:
    """The events that the modules `events` of a context's package declare."""
    package = import_module(source)
    modules = [module.name for module in pkgutil.walk_packages(package.__path__, f"{source}.")]
    declared = [vars(import_module(name)) for name in modules if name.endswith(".events")]
    return {
        name
        for events in declared
        for name, each in events.items()
        if isinstance(each, type) and issubclass(each, DomainEvent)
    }


def test_a_rule_that_cannot_deliver_keeps_the_event(prod: Synthesis) -> None:
    for rule in _rules(prod).values():
        for target in rule.properties["Targets"]:
            assert target["DeadLetterConfig"]["Arn"]


def test_schedules_run_handlers_at_the_intervals_in_their_docstrings(prod: Synthesis) -> None:
    rates = {
        "every minute": "rate(1 minute)",
        "every five minutes": "rate(5 minutes)",
        "every ten minutes": "rate(10 minutes)",
        "every hour": "rate(1 hour)",
        "every day": "rate(1 day)",
    }
    schedules = [schedule.properties for schedule in prod.of_type("AWS::Scheduler::Schedule")]

    assert {schedule["Name"]: schedule["ScheduleExpression"] for schedule in schedules} == {
        f"rideflow-prod-{handler.context}-{handler.operation}": rates[handler.told("Runs")]
        for handler in handlers()
        if handler.told("Runs")
    }


def test_a_saga_may_invoke_the_functions_of_its_definition_and_no_other(prod: Synthesis) -> None:
    machines = prod.of_type("AWS::StepFunctions::StateMachine")

    assert {machine.properties["StateMachineName"] for machine in machines} == {
        f"rideflow-prod-{path.name.removesuffix('.asl.json')}" for path in WORKFLOWS.glob("*.asl.json")
    }
    for machine in machines:
        role = machine.properties["RoleArn"]["Fn::GetAtt"][0]
        (invoke,) = (each for each in prod.statements(machine.stack, role) if each["Action"] == "lambda:InvokeFunction")
        invocable = {resolved(resource, machine.stack, prod) for resource in invoke["Resource"]}
        steps = [resolved(arn, machine.stack, prod) for arn in machine.properties["DefinitionSubstitutions"].values()]
        assert invocable == {f"{step}:r-*" for step in steps}


def test_every_step_of_a_saga_is_a_function_that_exists(prod: Synthesis) -> None:
    names = {function.properties["FunctionName"] for function in prod.functions.values()}

    for machine in prod.of_type("AWS::StepFunctions::StateMachine"):
        for arn in machine.properties["DefinitionSubstitutions"].values():
            assert re.search(r":function:(\S+?)$", arn["Fn::Join"][1][-1]).group(1) in names  # type: ignore[union-attr]


def test_errors_of_sagas_are_logged_and_executions_are_traced(prod: Synthesis) -> None:
    for machine in prod.of_type("AWS::StepFunctions::StateMachine"):
        assert machine.properties["TracingConfiguration"] == {"Enabled": True}
        assert machine.properties["LoggingConfiguration"]["Level"] == "ERROR"

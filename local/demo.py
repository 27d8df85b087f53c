"""Hands the running stack to the simulation."""

import asyncio
from pathlib import Path

from rich.console import Console

from local.emulators import local_client
from local.record import StackRecord
from simulation.demo import play, play_scene
from simulation.evening import Evening, Plan, Play
from simulation.scenes.night import Night
from simulation.stack import Stack

# ministack's Cognito sends no mail; its code is always this.
CONFIRMATION_CODE = "123456"


class LocalMailbox:
    """The mail of people with an account in ministack's Cognito."""

    async def code_for(self, email: str) -> str:  # noqa: ARG002
        return CONFIRMATION_CODE


def play_on(
    record: StackRecord, plan: Plan, *, json_out: Path | None, console: Console, picture: Path | None = None
) -> int:
    """The exit status: 0 when every ride ended and the books balance."""
    cognito = local_client("cognito-idp", record.endpoint_url)
    return play(plan, stack_of(record), LocalMailbox(), cognito, console=console, json_out=json_out, picture=picture)


def play_scene_on(
    record: StackRecord, night: Night, *, json_out: Path | None, console: Console, picture: Path | None = None
) -> int:
    """The same of a scene; 130 if it was interrupted."""
    people = (stack_of(record), LocalMailbox(), local_client("cognito-idp", record.endpoint_url))
    return play_scene(night, *people, console=console, json_out=json_out, picture=picture)


def played(record: StackRecord, plan: Plan) -> Evening:
    """The evening after it was played to its end, without a word."""
    evening = Evening(plan)
    cognito = local_client("cognito-idp", record.endpoint_url)
    asyncio.run(Play(stack_of(record), LocalMailbox(), cognito, evening).run())
    return evening


def stack_of(record: StackRecord) -> Stack:
    """The stack as phones and operators reach it."""
    return Stack(
        rest_url=record.rest_url,
        websocket_url=record.websocket_url,
        stripe_url=record.stripe_url,
        stripe_api_key=record.stripe_api_key,
        database_url=record.database_url,
        identity_endpoint_url=record.endpoint_url,
        user_pool_id=record.user_pool_id,
    )

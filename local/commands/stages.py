"""The option that names a stage."""

from enum import StrEnum
from typing import Annotated

import typer


class StageName(StrEnum):
    """The stages of `infra/stages.py`."""

    LOCAL = "local"
    DEV = "dev"
    PROD = "prod"


Stage = Annotated[StageName, typer.Option("--stage", help="The stage: its values, and its account.")]

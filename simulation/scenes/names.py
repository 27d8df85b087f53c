"""The names of the scenes; on their own, since the command line lists them before anything else is imported."""

from __future__ import annotations

from enum import StrEnum


class SceneName(StrEnum):
    """The scenes that can be played."""

    EVENING = "evening"

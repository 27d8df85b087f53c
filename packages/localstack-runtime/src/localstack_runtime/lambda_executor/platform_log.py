"""Lambda's own lines in a function's log: for a new environment, before and after each invocation.

In the format Text, which is the default, they are START, END and REPORT lines, and all of them are written. In the
format JSON each is a record with a level, and only those of the function's system log level and above are written.
Source: AWS Lambda Developer Guide, "Log-level filtering", with its table of events and levels.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

LEVELS = ("DEBUG", "INFO", "WARN")
TIMED_OUT = "Sandbox.Timedout"

type Event = tuple[str, str, dict[str, Any]]
"""The level, the type and the content of a record."""


@dataclass(frozen=True)
class Use:
    """What an invocation used."""

    duration_ms: float
    memory_mb: int
    used_mb: int

    @property
    def billed_ms(self) -> int:
        return int(self.duration_ms) + 1


@dataclass(frozen=True)
class PlatformLog:
    """The lines that a function's logging configuration asks for, without the last line feed. An empty text: none."""

    is_json: bool = False
    level: str = "INFO"

    @classmethod
    def of(cls, logging_config: Mapping[str, str]) -> "PlatformLog":
        """From the member `LoggingConfig` of a function."""
        level = logging_config.get("SystemLogLevel", "INFO")
        return cls(is_json=logging_config.get("LogFormat") == "JSON", level=level)

    def new_environment(self, pid: int) -> str:
        """The line names the process, for a debugger, in the place of the runtime's version."""
        if not self.is_json:
            return f"INIT_START Process: {pid}"
        return self._records([("INFO", "initStart", {"initializationType": "on-demand", "processId": pid})])

    def start(self, request_id: str, version: str) -> str:
        if not self.is_json:
            return f"START RequestId: {request_id} Version: {version}"
        return self._records([("INFO", "start", {"requestId": request_id, "version": version})])

    def end(self, request_id: str, status: str, use: Use) -> str:
        """`status` is that of `status_of`."""
        if not self.is_json:
            return (
                f"END RequestId: {request_id}\n"
                f"REPORT RequestId: {request_id}\tDuration: {use.duration_ms:.2f} ms\tBilled Duration: "
                f"{use.billed_ms} ms\tMemory Size: {use.memory_mb} MB\tMax Memory Used: {use.used_mb} MB"
            )
        metrics = {
            "durationMs": round(use.duration_ms, 3),
            "billedDurationMs": use.billed_ms,
            "memorySizeMB": use.memory_mb,
            "maxMemoryUsedMB": use.used_mb,
        }
        told = {"requestId": request_id, "status": status}
        done, report = ("DEBUG", "INFO") if status == "success" else ("WARN", "WARN")
        return self._records([(done, "runtimeDone", told), (report, "report", told | {"metrics": metrics})])

    def _records(self, events: Iterable[Event]) -> str:
        now = f"{datetime.now(UTC).isoformat(timespec='milliseconds').removesuffix('+00:00')}Z"
        wanted = LEVELS[LEVELS.index(self.level) :]
        return "\n".join(
            json.dumps({"time": now, "type": f"platform.{name}", "record": record})
            for level, name, record in events
            if level in wanted
        )


def status_of(payload: bytes, *, is_error: bool) -> str:
    """How an invocation ended: `success`, `error` of the function, `timeout`, or `failure` of its process."""
    if not is_error:
        return "success"
    kind = str(_document(payload).get("errorType", ""))
    if kind == TIMED_OUT:
        return "timeout"
    return "failure" if kind.startswith("Runtime.") else "error"


def _document(payload: bytes) -> dict[str, Any]:
    try:
        document = json.loads(payload)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}

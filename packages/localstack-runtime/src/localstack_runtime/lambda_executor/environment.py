"""One execution environment: a runtime process that is replaced whenever it dies, and the invocations it is given."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from . import errors
from .memory import MemoryWatch, resident_bytes
from .platform_log import PlatformLog, Use, status_of
from .process import Child, FunctionProcess
from .runtime_api import InitError, Invocation, Outcome, RuntimeApi

LOG = logging.getLogger(__name__)
MEGABYTE = 1024 * 1024

type Launch = Callable[[Mapping[str, str]], Child]


@dataclass(frozen=True)
class Function:
    """The parts of a function that an environment needs; `launch` starts a process of it with the given variables."""

    name: str
    version: str
    launch: Launch
    timeout_s: float
    memory_mb: int
    platform_log: PlatformLog


@dataclass(frozen=True)
class Result:
    """An invocation's answer and its log."""

    payload: bytes
    is_error: bool
    logs: str


class Environment:
    """Runs invocations of one function, one at a time.

    Like Lambda's sandboxes it survives its process: after a crash, a timeout or too much memory the next invocation
    starts a new one.
    """

    _memory: MemoryWatch | None = None

    def __init__(self, function: Function, variables: Mapping[str, str], log_file: Path | None, init_timeout_s: float):
        self.function = function
        self._variables = variables
        self._log_file = log_file
        self._init_timeout_s = init_timeout_s
        self._api: RuntimeApi | None = None
        self._process: FunctionProcess | None = None
        self._request_id = ""
        self._over_memory = False
        self._stopped = False

    def start(self) -> None:
        """Start the runtime and wait until it asks for work.

        Raises `InitError` when the function cannot be initialised in time.
        """
        api = self._api = RuntimeApi()
        variables = {**self._variables, "AWS_LAMBDA_RUNTIME_API": api.address}
        child = self.function.launch(variables)
        self._over_memory = False
        process = self._process = FunctionProcess(child, self._log_file, lambda code: api.fail(self._exit_error(code)))
        process.output.note(self.function.platform_log.new_environment(process.pid))
        LOG.info("%s runs as process %d", self.function.name, process.pid)
        if self._stopped:  # stopped while it was being started
            self.stop()
        try:
            api.ready.result(timeout=self._init_timeout_s)
        except TimeoutError:
            process.kill()
            raise InitError(errors.timed_out(self._request_id, self._init_timeout_s)) from None
        except InitError:
            process.kill()
            raise

    def invoke(self, invocation: Invocation) -> Result:
        """The function's answer to one event. Errors of the function are answers; they are never raised."""
        self._request_id = invocation.request_id
        started = time.perf_counter()
        try:
            self._submit(invocation)
            outcome, used_mb = self._run(invocation)
        except InitError as error:
            outcome, used_mb = Outcome(error.payload, is_error=True), 0
        use = Use((time.perf_counter() - started) * 1000, self.function.memory_mb, used_mb)
        status = status_of(outcome.payload, is_error=outcome.is_error)
        return Result(outcome.payload, outcome.is_error, self._logs(invocation.request_id, status, use))

    def logs(self) -> str:
        """Output that was printed and not yet returned with an invocation."""
        return self._process.output.take() if self._process else ""

    def stop(self) -> None:
        """End the process. A running invocation ends with an error."""
        self._stopped = True
        if self._process:
            self._process.kill()
        if self._api:
            self._api.close()

    def _run(self, invocation: Invocation) -> tuple[Outcome, int]:
        assert self._process is not None
        process, watch = self._process, self._shared_memory_watch()
        watch.add(process.pid, self.function.memory_mb * MEGABYTE, lambda: self._exceed_memory(process))
        try:
            outcome = invocation.outcome.result(timeout=invocation.timeout_s)
        except TimeoutError:
            process.kill()
            outcome = Outcome(errors.timed_out(invocation.request_id, invocation.timeout_s), is_error=True)
        finally:
            watch.remove(process.pid)
        return outcome, resident_bytes(process.pid) // MEGABYTE

    def _submit(self, invocation: Invocation) -> None:
        if not (self._process and self._process.alive and self._api and self._api.submit(invocation)):
            if self._api:
                self._api.close()
            self.start()
            assert self._api is not None
            self._api.submit(invocation)
        assert self._process is not None
        self._process.output.note(self.function.platform_log.start(invocation.request_id, self.function.version))

    def _exceed_memory(self, process: FunctionProcess) -> None:
        self._over_memory = True
        process.kill()

    def _exit_error(self, code: int) -> bytes:
        if self._over_memory:
            return errors.out_of_memory(self._request_id)
        return errors.exited(self._request_id, code)

    def _logs(self, request_id: str, status: str, use: Use) -> str:
        written = self.function.platform_log
        begin, end = written.start(request_id, self.function.version), written.end(request_id, status, use)
        printed = self.logs()
        if self._process:
            self._process.output.note(end)
        return "".join(f"{part}\n" for part in (begin, printed.removesuffix("\n"), end) if part)

    @classmethod
    def _shared_memory_watch(cls) -> MemoryWatch:
        if not Environment._memory:
            Environment._memory = MemoryWatch()
        return Environment._memory

"""One execution environment: a runtime process that is replaced whenever it dies, and the invocations it is given."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from . import errors
from .memory import MemoryWatch, resident_bytes
from .process import Child, FunctionProcess
from .runtime_api import InitError, Invocation, Outcome, RuntimeApi

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
        process.output.note(errors.init_line(process.pid))
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
        duration_ms = (time.perf_counter() - started) * 1000
        return Result(outcome.payload, outcome.is_error, self._logs(invocation.request_id, duration_ms, used_mb))

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
        self._process.output.note(errors.start_line(invocation.request_id, self.function.version))

    def _exceed_memory(self, process: FunctionProcess) -> None:
        self._over_memory = True
        process.kill()

    def _exit_error(self, code: int) -> bytes:
        if self._over_memory:
            return errors.out_of_memory(self._request_id)
        return errors.exited(self._request_id, code)

    def _logs(self, request_id: str, duration_ms: float, used_mb: int) -> str:
        report = errors.report_lines(request_id, duration_ms, self.function.memory_mb, used_mb)
        printed = self.logs()
        if self._process:
            self._process.output.note(report)
        separator = "" if not printed or printed.endswith("\n") else "\n"
        return f"{errors.start_line(request_id, self.function.version)}\n{printed}{separator}{report}\n"

    @classmethod
    def _shared_memory_watch(cls) -> MemoryWatch:
        if not Environment._memory:
            Environment._memory = MemoryWatch()
        return Environment._memory

"""Lambda's own error documents and log lines, in its wording."""

import json
import signal


def timed_out(request_id: str, timeout_s: float) -> bytes:
    """The function ran longer than its timeout and was killed."""
    return _document("Sandbox.Timedout", f"RequestId: {request_id} Error: Task timed out after {timeout_s:.2f} seconds")


def exited(request_id: str, code: int) -> bytes:
    """The process ended by itself, or by a signal, while it owed an answer."""
    reason = f"signal: {signal.strsignal(-code)}" if code < 0 else f"exit status {code}"
    return _document("Runtime.ExitError", f"RequestId: {request_id} Error: Runtime exited with error: {reason}")


def out_of_memory(request_id: str) -> bytes:
    """The process held more memory than the function has and was killed."""
    return _document("Runtime.OutOfMemory", f"RequestId: {request_id} Error: Runtime exited with error: signal: killed")


def init_line(pid: int) -> str:
    """Lambda's log line for a new environment, with the process id for a debugger instead of the runtime's version."""
    return f"INIT_START Process: {pid}"


def start_line(request_id: str, version: str) -> str:
    """Lambda's log line before an invocation."""
    return f"START RequestId: {request_id} Version: {version}"


def report_lines(request_id: str, duration_ms: float, memory_mb: int, used_mb: int) -> str:
    """Lambda's log lines after an invocation."""
    return (
        f"END RequestId: {request_id}\n"
        f"REPORT RequestId: {request_id}\tDuration: {duration_ms:.2f} ms\tBilled Duration: {int(duration_ms) + 1} ms\t"
        f"Memory Size: {memory_mb} MB\tMax Memory Used: {used_mb} MB"
    )


def _document(error_type: str, message: str) -> bytes:
    return json.dumps({"errorType": error_type, "errorMessage": message}).encode()

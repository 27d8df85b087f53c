"""Lambda's own error documents, in its wording."""

import json
import signal

from .platform_log import TIMED_OUT


def timed_out(request_id: str, timeout_s: float) -> bytes:
    """The function ran longer than its timeout and was killed."""
    return _document(TIMED_OUT, f"RequestId: {request_id} Error: Task timed out after {timeout_s:.2f} seconds")


def exited(request_id: str, code: int) -> bytes:
    """The process ended by itself, or by a signal, while it owed an answer."""
    reason = f"signal: {signal.strsignal(-code)}" if code < 0 else f"exit status {code}"
    return _document("Runtime.ExitError", f"RequestId: {request_id} Error: Runtime exited with error: {reason}")


def out_of_memory(request_id: str) -> bytes:
    """The process held more memory than the function has and was killed."""
    return _document("Runtime.OutOfMemory", f"RequestId: {request_id} Error: Runtime exited with error: signal: killed")


def _document(error_type: str, message: str) -> bytes:
    return json.dumps({"errorType": error_type, "errorMessage": message}).encode()

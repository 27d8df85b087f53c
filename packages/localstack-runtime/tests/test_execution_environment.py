"""Function processes against the Runtime API, with a runtime client of a few lines in place of AWS's."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from localstack_runtime.lambda_executor import bootstrap
from localstack_runtime.lambda_executor.environment import Environment, Function, Launch
from localstack_runtime.lambda_executor.forks import ForkServer
from localstack_runtime.lambda_executor.memory import MemoryWatch, resident_bytes
from localstack_runtime.lambda_executor.platform_log import PlatformLog
from localstack_runtime.lambda_executor.process import spawn
from localstack_runtime.lambda_executor.runtime_api import InitError, Invocation
from waiting import alive, eventually

RUNTIME = """
import http.client, json, os, sys, time
CODE
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
base = "/2018-06-01/runtime/invocation/"
while True:
    api.request("GET", base + "next")
    answer = api.getresponse()
    event, request_id = json.loads(answer.read()), answer.headers["Lambda-Runtime-Aws-Request-Id"]
    try:
        kind, result = "response", handler(event)
    except Exception as error:
        kind, result = "error", {"errorType": type(error).__name__, "errorMessage": str(error)}
    sys.stdout.flush()
    api.request("POST", base + request_id + "/" + kind, json.dumps(result))
    api.getresponse().read()
"""
HANDLER = """
held = []
def handler(event):
    print("handling", event)
    if "sleep" in event: time.sleep(event["sleep"])
    if "exit" in event: os._exit(event["exit"])
    if "raise" in event: raise ValueError(event["raise"])
    if "hold_mb" in event: held.append(b"x" * event["hold_mb"] * 2**20); time.sleep(30)
    return {"pid": os.getpid(), "echo": event}
"""

RUNTIME_CLIENT = "import runpy\ndef main(args): runpy.run_path(args[1])\n"

TEXT = {"LogFormat": "Text"}
JSON = {"LogFormat": "JSON", "ApplicationLogLevel": "INFO"}

Make = Callable[..., Environment]
Launcher = Callable[[Path], Launch]


def stand_in(folder: Path, text: str) -> None:
    """A runtime client of this text in a folder of the search path: it goes before one that is installed."""
    client = folder / "awslambdaric"
    client.mkdir()
    (client / "__init__.py").touch()
    (client / "__main__.py").write_text(text)


@pytest.fixture(params=["spawned", "forked"])
def launcher(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Launcher]:
    """Makes launchers of a script's processes: each process by its own command, or forked from one server."""
    if request.param == "spawned":
        yield lambda script: partial(spawn, [sys.executable, str(script)], str(tmp_path))
        return
    server = ForkServer(sys.executable, ["json", "no_such_module"], dict(os.environ))
    yield lambda script: partial(server.fork, str(script), str(tmp_path))
    server.close()


@pytest.fixture
def make(launcher: Launcher, tmp_path: Path) -> Iterator[Make]:
    """Makes environments of a function whose code is given; all of them end with the test."""
    made: list[Environment] = []
    stand_in(tmp_path, RUNTIME_CLIENT)
    variables = {**os.environ, "PYTHONPATH": str(tmp_path)}

    def environment(
        code: str = HANDLER, timeout_s: float = 20, memory_mb: int = 512, logging_config: Mapping[str, str] = TEXT
    ) -> Environment:
        script = tmp_path / f"runtime{len(made)}.py"
        script.write_text(RUNTIME.replace("CODE", textwrap.dedent(code)))
        log = PlatformLog.of(logging_config)
        function = Function("f", "$LATEST", launcher(script), timeout_s, memory_mb, log)
        made.append(Environment(function, variables, tmp_path / "f.log", init_timeout_s=10))
        return made[-1]

    yield environment
    for each in made:
        each.stop()


def invocation(event: dict[str, object], request_id: str = "r-1", timeout_s: float = 20) -> Invocation:
    return Invocation(request_id, "arn", "trace", json.dumps(event).encode(), timeout_s)


def test_an_event_goes_in_and_the_answer_comes_out_of_one_process(make: Make) -> None:
    environment = make()
    environment.start()
    first, second = (environment.invoke(invocation({"n": n}, f"r-{n}")) for n in (1, 2))
    assert json.loads(first.payload)["echo"] == {"n": 1}
    assert json.loads(first.payload)["pid"] == json.loads(second.payload)["pid"]
    assert not second.is_error


def test_output_is_in_the_log_of_its_own_invocation_and_in_the_file(make: Make, tmp_path: Path) -> None:
    environment = make()
    environment.start()
    answer = environment.invoke(invocation({"n": 1}))
    logs = environment.invoke(invocation({"n": 2}, "r-2")).logs
    assert "handling {'n': 2}" in logs
    assert "'n': 1" not in logs
    assert logs.startswith("START RequestId: r-2")
    assert "REPORT RequestId: r-2" in logs
    text = (tmp_path / "f.log").read_text()
    pid = json.loads(answer.payload)["pid"]
    assert text.startswith(f"INIT_START Process: {pid}\n")
    assert text.index("START RequestId: r-1") < text.index("handling {'n': 1}") < text.index("START RequestId: r-2")


def records(text: str) -> list[tuple[str, str | None]]:
    """The types of the records of Lambda's own in a log, each with the status that it tells."""
    told = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    return [(each["type"], each["record"].get("status")) for each in told]


@pytest.mark.parametrize(
    ("level", "begin", "good_end", "bad_end"),
    [
        ("DEBUG", ["start"], ["runtimeDone", "report"], ["runtimeDone", "report"]),
        ("INFO", ["start"], ["report"], ["runtimeDone", "report"]),
        ("WARN", [], [], ["runtimeDone", "report"]),
    ],
)
def test_lambda_s_own_lines_are_records_of_the_level_that_the_function_s_logging_configuration_names(
    make: Make, tmp_path: Path, level: str, begin: list[str], good_end: list[str], bad_end: list[str]
) -> None:
    environment = make(logging_config={**JSON, "SystemLogLevel": level})
    environment.start()
    began = [("platform.initStart", None)] if begin else []
    good = [(f"platform.{each}", None) for each in begin] + [(f"platform.{each}", "success") for each in good_end]
    bad = [(f"platform.{each}", None) for each in begin] + [(f"platform.{each}", "error") for each in bad_end]

    assert records(environment.invoke(invocation({"n": 1})).logs) == good
    assert records(environment.invoke(invocation({"raise": "no"}, "r-2")).logs) == bad

    text = (tmp_path / "f.log").read_text()
    assert records(text) == began + good + bad
    assert "START" not in text
    assert "REPORT" not in text
    assert "handling {'n': 1}" in text


@pytest.mark.parametrize(
    ("event", "status"), [({"exit": 3}, "failure"), ({"hold_mb": 256}, "failure"), ({"sleep": 30}, "timeout")]
)
def test_a_process_that_does_not_answer_is_reported_even_if_only_warnings_are(
    make: Make, event: dict[str, object], status: str
) -> None:
    environment = make(logging_config={**JSON, "SystemLogLevel": "WARN"}, memory_mb=128)
    environment.start()
    told = environment.invoke(invocation(event, timeout_s=1 if status == "timeout" else 20)).logs
    assert ("platform.report", status) in records(told)


def test_a_line_that_an_invocation_leaves_unfinished_is_ended_with_it(make: Make, tmp_path: Path) -> None:
    environment = make(
        """
        def handler(event):
            print("without an end", end="", flush=True)
            return 1
        """,
        logging_config={**JSON, "SystemLogLevel": "WARN"},
    )
    environment.start()
    for number in (1, 2):
        assert environment.invoke(invocation({}, f"r-{number}")).logs == "without an end\n"
    assert (tmp_path / "f.log").read_text() == "without an end\n" * 2


def test_an_exception_is_an_error_and_the_process_goes_on(make: Make) -> None:
    environment = make()
    environment.start()
    failed = environment.invoke(invocation({"raise": "no"}))
    assert failed.is_error
    assert json.loads(failed.payload) == {"errorType": "ValueError", "errorMessage": "no"}
    assert not environment.invoke(invocation({}, "r-2")).is_error


def test_a_function_that_takes_too_long_is_killed_and_the_next_event_gets_a_new_process(make: Make) -> None:
    environment = make()
    environment.start()
    before = json.loads(environment.invoke(invocation({})).payload)["pid"]
    slow = environment.invoke(invocation({"sleep": 30}, "r-2", timeout_s=0.2))
    assert json.loads(slow.payload)["errorType"] == "Sandbox.Timedout"
    assert "Task timed out after 0.20 seconds" in json.loads(slow.payload)["errorMessage"]
    assert not alive(before)
    assert json.loads(environment.invoke(invocation({}, "r-3")).payload)["pid"] != before


@pytest.mark.parametrize(("code", "reason"), [(3, "exit status 3"), (0, "exit status 0")])
def test_a_crash_is_an_exit_error_and_the_next_event_gets_a_new_process(make: Make, code: int, reason: str) -> None:
    environment = make()
    environment.start()
    crashed = json.loads(environment.invoke(invocation({"exit": code})).payload)
    assert crashed["errorType"] == "Runtime.ExitError"
    assert crashed["errorMessage"].endswith(reason)
    assert not environment.invoke(invocation({}, "r-2")).is_error


def test_a_process_killed_from_outside_is_an_exit_error(make: Make, tmp_path: Path) -> None:
    environment = make()
    environment.start()
    pid = json.loads(environment.invoke(invocation({})).payload)["pid"]
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(environment.invoke, invocation({"sleep": 30}, "r-2"))
        assert eventually(lambda: "START RequestId: r-2" in (tmp_path / "f.log").read_text())
        os.kill(pid, signal.SIGKILL)
        assert "signal: Killed" in json.loads(running.result(timeout=10).payload)["errorMessage"]


def test_a_process_that_died_between_events_is_replaced_before_the_next(make: Make) -> None:
    environment = make()
    environment.start()
    pid = json.loads(environment.invoke(invocation({})).payload)["pid"]
    os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: not alive(pid))
    assert not environment.invoke(invocation({}, "r-2")).is_error


def test_a_function_that_crashes_at_once_fails_each_time_and_never_hangs(make: Make) -> None:
    environment = make("os._exit(7)")
    with pytest.raises(InitError, match="exit status 7"):
        environment.start()
    for number in range(3):
        crashed = environment.invoke(invocation({}, f"r-{number}"))
        assert crashed.is_error
        assert json.loads(crashed.payload)["errorType"] == "Runtime.ExitError"


def test_a_function_that_holds_more_memory_than_it_has_is_killed(make: Make) -> None:
    environment = make(memory_mb=128)
    environment.start()
    greedy = environment.invoke(invocation({"hold_mb": 256}))
    assert json.loads(greedy.payload)["errorType"] == "Runtime.OutOfMemory"
    assert not environment.invoke(invocation({}, "r-2")).is_error


def test_stopping_ends_the_process_and_all_that_it_started(make: Make) -> None:
    environment = make("""
        import subprocess
        child = subprocess.Popen(["sleep", "60"])
        def handler(event):
            return {"pids": [os.getpid(), child.pid]}
    """)
    environment.start()
    pids = json.loads(environment.invoke(invocation({})).payload)["pids"]
    environment.stop()
    assert eventually(lambda: not any(alive(pid) for pid in pids))


def test_big_events_and_answers_pass_whole(make: Make) -> None:
    environment = make()
    environment.start()
    text = "é" * 1_000_000
    assert json.loads(environment.invoke(invocation({"text": text})).payload)["echo"]["text"] == text


def test_a_process_dies_with_the_process_that_started_it_also_by_kill_9(tmp_path: Path) -> None:
    """The parent stands for LocalStack: it starts a function's bootstrap and is killed before it can clean up."""
    stand_in(
        tmp_path, "import os, signal\ndef main(args):\n    print(os.getpid(), *args, flush=True)\n    signal.pause()\n"
    )
    script = (
        f"import os, subprocess, sys; subprocess.run([sys.executable, {bootstrap.__file__!r}, str(os.getpid()), 'h'])"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )
    assert parent.stdout is not None
    pid, name, handler = parent.stdout.readline().split()
    parent.kill()
    parent.wait()
    assert eventually(lambda: not alive(int(pid)))
    parent.stdout.close()
    assert (name, handler) == ("awslambdaric", "h")


def test_functions_of_a_server_that_was_killed_die_with_it_and_the_next_event_gets_a_new_one(tmp_path: Path) -> None:
    stand_in(tmp_path, "import os, signal\ndef main(args):\n    print(os.getppid(), flush=True)\n    signal.pause()\n")
    server = ForkServer(sys.executable, ["json"], dict(os.environ))
    variables = {**os.environ, "PYTHONPATH": str(tmp_path)}
    first, other = (server.fork("h", str(tmp_path), variables) for _ in range(2))
    os.kill(int(first.stdout.readline()), signal.SIGKILL)
    assert (first.wait(), other.wait()) == (-9, -9)
    assert not first.alive
    assert eventually(lambda: not alive(other.pid))
    next_one = server.fork("h", str(tmp_path), variables)
    assert next_one.alive
    server.close()
    assert next_one.wait() == -9
    for each in (first, other, next_one):
        each.stdout.close()


def test_an_order_that_cannot_be_sent_fails_alone(tmp_path: Path) -> None:
    stand_in(tmp_path, "import signal\ndef main(args):\n    signal.pause()\n")
    server = ForkServer(sys.executable, ["json"], dict(os.environ))
    variables = {**os.environ, "PYTHONPATH": str(tmp_path)}
    first = server.fork("h", str(tmp_path), variables)
    with pytest.raises(OSError, match="too long"):
        server.fork("h", str(tmp_path), variables | {"HUGE": "x" * 50_000_000})
    assert first.alive
    server.close()
    first.wait()
    first.stdout.close()


def test_a_forked_function_has_its_own_variables_search_path_and_output(tmp_path: Path) -> None:
    (tmp_path / "layer").mkdir()
    stand_in(
        tmp_path / "layer",
        "import json, os, sys\n"
        "def main(args):\n"
        "    found = [args, os.getcwd(), dict(os.environ), sys.path[:2], 'fractions' in sys.modules]\n"
        "    print(json.dumps(found), flush=True)\n"
        "    print(sys.stdin.read(), os.listdir('/dev/fd'), file=sys.stderr)\n",
    )
    server = ForkServer(sys.executable, ["fractions"], {"PYTHONPATH": str(tmp_path / "stale"), "GONE": "1"})
    path = [str(tmp_path), str(tmp_path / "layer")]
    child = server.fork("a.b", str(tmp_path), {"PYTHONPATH": os.pathsep.join(path), "OWN": "2"})
    told, descriptors = (child.stdout.readline() for _ in range(2))
    assert child.wait() == 0
    assert json.loads(told) == [
        ["awslambdaric", "a.b"],
        str(tmp_path),
        {"PYTHONPATH": os.pathsep.join(path), "OWN": "2"},
        path,
        True,
    ]
    assert descriptors.split(maxsplit=1)[-1] == b"'1', '2', '3']\n"  # the last one is the listed folder itself
    server.close()
    child.stdout.close()


def test_the_memory_watch_reports_each_process_at_most_once_and_forgets_those_removed() -> None:
    held = {1: 10, 2: 10, 3: 10}
    reported: list[int] = []
    watch = MemoryWatch(measure=lambda pid: held[pid])
    for pid, limit in ((1, 5), (2, 50), (3, 50)):
        watch.add(pid, limit, partial(reported.append, pid))
    assert eventually(lambda: reported == [1])
    watch.remove(3)
    held.update({1: 100, 2: 100, 3: 100})
    assert eventually(lambda: len(reported) > 1)
    assert reported == [1, 2]


def test_a_process_that_is_gone_holds_no_memory() -> None:
    assert resident_bytes(os.getpid()) > 1_000_000
    assert resident_bytes(2**22 + 1) == 0

"""`make setup`: programs that it finds on a machine, steps that it repeats, and messages when it fails."""

import os
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local import needs, redis_binary, setup
from local.paths import ROOT
from tests.eventually import DEADLINE_S, alive, children, eventually

SHIM = "#!/bin/sh\necho 'pyenv: python3.13: command not found' >&2\nexit 127\n"


def test_a_python_that_is_a_dead_shim_is_passed_over_for_one_that_pyenv_has(tmp_path: Path) -> None:
    shims = _program(tmp_path / "shims" / "python3.13", SHIM)
    real = tmp_path / ".pyenv" / "versions" / "3.13.0" / "bin" / "python3.13"
    _program(real, f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    found = _find_python(tmp_path, path=f"{shims.parent}:/usr/bin:/bin")
    assert found.returncode == 0
    assert Path(found.stdout.strip()).exists()


def test_a_python_that_can_make_no_environments_is_passed_over(tmp_path: Path) -> None:
    without = "import sys; sys.modules['venv'] = None; exec(sys.argv[2])"
    poor = _program(tmp_path / "poor" / "python3.13", f'#!/bin/sh\nexec {sys.executable} -c "{without}" "$@"\n')
    real = tmp_path / ".pyenv" / "versions" / "3.13.0" / "bin" / "python3.13"
    _program(real, f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    path = f"{poor.parent}:/usr/bin:/bin"

    assert _find_python(tmp_path, path=path, named=poor).returncode == 1
    assert _find_python(tmp_path, path=path).returncode == 0


def test_a_machine_without_python_is_told_what_to_type(tmp_path: Path) -> None:
    shims = _program(tmp_path / "shims" / "python3.13", SHIM)
    found = _find_python(tmp_path, path=f"{shims.parent}:/usr/bin:/bin")
    if found.returncode == 0:
        pytest.skip(f"this machine has a Python 3.13 for everybody: {found.stdout.strip()}")
    assert "Python 3.13 is missing" in found.stderr
    assert "pyenv install 3.13" in found.stderr


def test_a_step_is_made_once_until_its_inputs_change(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("one\n")
    step = setup.Step("environment", tmp_path, [lock], make=lambda: None)
    assert not step.is_done()
    step.run()
    assert step.is_done()
    lock.write_text("two\n")
    assert not step.is_done()


def test_an_option_installs_the_tools_of_its_name_beside_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def step(name: str) -> setup.Step:
        return setup.Step(name, tmp_path, [], lambda: made.append(name))

    monkeypatch.setattr(setup, "STATE", tmp_path)
    monkeypatch.setattr(setup, "SCRATCH", tmp_path / "setup")
    monkeypatch.setattr(setup, "steps", lambda: [step("rest")])
    monkeypatch.setattr(setup, "TOOLS", {name: lambda name=name: [step(name)] for name in setup.TOOLS})
    monkeypatch.setattr(setup, "perform", lambda step: step.make())
    monkeypatch.setattr(setup, "run", lambda _: None)

    setup.make_what_is_missing(setup.tools_asked_for(["--store-tools", "--contract-tools"]))

    assert made == ["rest", "store-tools", "contract-tools"]


def test_an_option_that_setup_does_not_know_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        setup.main(["--shop-tools"])

    assert "unrecognized arguments: --shop-tools" in capsys.readouterr().err


def test_uv_is_installed_as_the_lock_has_it() -> None:
    lines = setup.locked("uv").splitlines()
    assert lines[0].startswith("uv==")
    assert all(line.strip().startswith("--hash=sha256:") for line in lines[1:])
    assert len(lines) > 1


def test_a_failed_command_is_shown_with_its_own_output() -> None:
    with pytest.raises(setup.SetupError) as failed:
        setup.run([sys.executable, "-c", "print('out of paper'); raise SystemExit(3)"])
    assert str(failed.value).endswith("failed with status 3:\nout of paper")


def test_a_failed_npm_is_shown_with_its_own_cause(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "package.json").write_text('{"name": "app", "dependencies": {"semver": "7.0.0"}}')
    (tmp_path / "package-lock.json").write_text('{"name": "app", "lockfileVersion": 3, "packages": {"": {}}}')
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    with pytest.raises(setup.SetupError, match=r"Missing: semver@7\.0\.0 from lock file"):
        setup.make_node_modules(setup.ROOT)


def test_commands_of_setup_keep_their_caches_in_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/home/somebody/.cache")
    for name in ("UV_CACHE_DIR", "PIP_CACHE_DIR", "npm_config_cache", "CDK_HOME", "NODE_COMPILE_CACHE"):
        monkeypatch.delenv(name, raising=False)
    said = _environment_of_a_child()
    for name in ("XDG_CACHE_HOME", "UV_CACHE_DIR", "PIP_CACHE_DIR", "npm_config_cache", "NODE_COMPILE_CACHE", "TMPDIR"):
        assert said[name].startswith(str(ROOT / ".rideflow")), name


def test_a_cache_that_a_person_chose_for_a_tool_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("npm_config_cache", raising=False)
    monkeypatch.setenv("UV_CACHE_DIR", "/srv/uv")
    monkeypatch.setenv("NPM_CONFIG_CACHE", "/srv/npm")
    said = _environment_of_a_child()
    assert (said["UV_CACHE_DIR"], said["NPM_CONFIG_CACHE"]) == ("/srv/uv", "/srv/npm")
    assert "npm_config_cache" not in said  # npm would choose one of two


def test_an_empty_variable_chooses_no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", "")
    monkeypatch.setenv("npm_config_cache", "")
    said = _environment_of_a_child()
    for name in ("UV_CACHE_DIR", "npm_config_cache"):
        assert said[name].startswith(str(ROOT / ".rideflow")), name


def _environment_of_a_child() -> dict[str, str]:
    program = (
        "import os; print('\\n'.join(f'{name}={value}' for name, value in os.environ.items())); raise SystemExit(1)"
    )
    with pytest.raises(setup.SetupError) as failed:
        setup.run(["env", "--", sys.executable, "-c", program])
    return dict(line.split("=", 1) for line in str(failed.value).splitlines() if re.match(r"\w+=", line))


INTERRUPTED_SETUP = """
import sys
from pathlib import Path
from local import setup
setup.STATE = where = Path(sys.argv[1])
setup.SCRATCH = where / "setup"
setup.paths.STACK = setup.paths.StackFolder(where)
(where / "made").mkdir(parents=True)
(where / "made" / setup.STAMP).write_text("an earlier lock")
command = [sys.executable, "-c", "print('begun', flush=True); import time; time.sleep(600)"]
setup.steps = lambda: [setup.Step("something slow", where / "made", [], lambda: setup.run(command))]
sys.exit(setup.main())
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_setup_that_is_interrupted_ends_its_children_and_says_so_in_a_sentence(
    tmp_path: Path, number: signal.Signals
) -> None:
    where = tmp_path / "state"
    command = [sys.executable, "-c", INTERRUPTED_SETUP, str(where)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        (child,) = eventually(lambda: children(running.pid))
        os.kill(running.pid, number)
        _, said = running.communicate(timeout=30)
    assert running.returncode == 130
    assert said.strip() == "setup: interrupted; `make setup` goes on from here"
    assert not alive(child)
    assert not (where / "made" / setup.STAMP).exists()


def test_a_setup_beside_another_one_says_that_it_waits(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "setup.lock"
    with file.open("w") as first, file.open("w") as second, ThreadPoolExecutor() as threads:
        setup.wait_for(first)
        assert capfd.readouterr().out == ""
        waiting = threads.submit(setup.wait_for, second)
        eventually(lambda: "another one is at work" in capfd.readouterr().out)
        assert not waiting.done()
        first.close()
        waiting.result(DEADLINE_S)


def test_a_setup_that_is_repeated_begins_with_an_empty_folder_for_temporary_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup, "SCRATCH", tmp_path / "setup")
    setup.prepare_scratch()
    (tmp_path / "setup" / "uv.lock").touch()

    setup.prepare_scratch()

    assert list((tmp_path / "setup").iterdir()) == []


def test_a_python_that_the_person_named_is_taken_or_refused_by_its_name(tmp_path: Path) -> None:
    works = f'#!/bin/sh\nexec {sys.executable} "$@"\n'
    named, other = _program(tmp_path / "named", works), _program(tmp_path / "bin" / "python3.13", works)
    path = f"{other.parent}:/usr/bin:/bin"
    old = _program(tmp_path / "old", '#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.1\n')
    assert _find_python(tmp_path, path, named).returncode == 0
    for wrong, says in ((old, "Python 3.9.1"), (tmp_path / "missing", "not found")):
        refused = _find_python(tmp_path, path, wrong)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert f"RIDEFLOW_PYTHON={wrong} is no Python 3.13 that runs" in refused.stderr
        assert says in refused.stderr


def test_a_python_without_ensurepip_is_told_apart_from_other_failures(tmp_path: Path) -> None:
    says = "#!/bin/sh\necho \"ModuleNotFoundError: No module named 'ensurepip'\" >&2; exit 1\n"
    with pytest.raises(needs.UnmetNeedError, match=r"No module named 'ensurepip'.*apt-get install python3\.13-venv"):
        needs.check_python(str(_program(tmp_path / "python3.13", says)))
    needs.check_python(sys.executable)


def test_a_path_that_no_list_of_folders_can_hold_is_refused() -> None:
    for path, says in (("/home/me/a:b", "has a colon in it"), ("/home/me/a\nb", "has a line break in it")):
        with pytest.raises(needs.UnmetNeedError, match=says):
            needs.check_path(Path(path))
    needs.check_path(Path("/home/me/Ride Flow's café 100% $5 #1"))


def test_a_disk_without_room_is_told_before_anything_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(needs, "DISK_GB", 10_000_000)
    with pytest.raises(needs.UnmetNeedError, match=r"grows to 10000000 GB, and .* has [\d.]+ GB left"):
        needs.check_room(tmp_path, is_new=True)
    needs.check_room(tmp_path, is_new=False)


@pytest.mark.parametrize(
    ("available_kb", "limit", "free_gb"),
    [("1900000", "max", "1.9"), ("8000000", "2000000000", "2.0"), ("8000000", "max", None)],
)
def test_too_little_memory_is_a_warning_with_both_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, available_kb: str, limit: str, free_gb: str | None
) -> None:
    (tmp_path / "meminfo").write_text(f"MemTotal:       9000000 kB\nMemAvailable:   {available_kb} kB\n")
    (tmp_path / "memory.max").write_text(f"{limit}\n")
    monkeypatch.setattr(needs, "MEMORY_FILE", tmp_path / "meminfo")
    monkeypatch.setattr(needs, "CGROUP_LIMIT", tmp_path / "memory.max")
    warning = needs.memory_warning()
    assert (warning is None) if free_gb is None else (warning is not None and f"{free_gb} GB are free" in warning)


def test_the_readme_has_the_requirements_that_are_checked() -> None:
    readme = " ".join((ROOT / "README.md").read_text().split())

    assert _figures(r"checkout grows to ([\d.]+) GB", readme) == [needs.DISK_GB]
    assert _figures(r"up to ([\d.]+) GB of memory", readme) == [needs.MEMORY_GB]
    assert re.search(r"needs Python 3\.13 with its `venv` \(.*?apt-get install [^)]*\bpython3-venv\b", readme)


def _figures(pattern: str, text: str) -> list[float]:
    return [float(figure) for figure in re.findall(pattern, text)]


def test_no_lock_file_names_a_host() -> None:
    tools = ROOT / "tests" / "contracts" / "tools"
    environments = [*ROOT.glob("local/environments/*/requirements.lock")]
    assert len(environments) == 3
    for lock in (*environments, tools / "requirements.lock"):
        assert "://" not in lock.read_text(), lock
    for lock in (ROOT / "package-lock.json", tools / "package-lock.json"):
        assert '"resolved"' not in lock.read_text(), lock


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64", (7, 0, 15)),
        ("Redis server v=5.0.3 sha=00000000:0", (5, 0, 3)),
        ("something else", None),
    ],
)
def test_a_redis_server_is_asked_for_its_version(tmp_path: Path, said: str, version: tuple[int, ...] | None) -> None:
    server = redis_binary.RedisBinary(_program(tmp_path / "redis-server", f"#!/bin/sh\necho '{said}'\n"))
    assert server.version() == version
    assert server.usable() == (version is not None and version >= (6, 2))


def test_without_any_redis_the_message_says_what_to_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_binary, "TOOLS", tmp_path)
    monkeypatch.setattr(redis_binary, "DEBIAN_PACKAGES", ["no-such-package-anywhere"])
    monkeypatch.setattr(redis_binary, "VENV", tmp_path)
    with pytest.raises(redis_binary.RedisMissingError, match="apt-get install redis-server"):
        redis_binary.fetch()
    assert not list(tmp_path.iterdir())


def _find_python(home: Path, path: str, named: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {"HOME": str(home), "PATH": path} | ({"RIDEFLOW_PYTHON": str(named)} if named else {})
    script = ROOT / "local" / "find_python.sh"
    return subprocess.run(
        ["sh", str(script)], check=False, capture_output=True, text=True, cwd=home, env=environment, timeout=30
    )


def _program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path

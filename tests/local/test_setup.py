"""What `make setup` finds on a machine, and what it does again."""

import subprocess
import sys
from pathlib import Path

import pytest

from local import redis_binary, setup
from local.paths import ROOT

SHIM = "#!/bin/sh\necho 'pyenv: python3.13: command not found' >&2\nexit 127\n"


def test_a_python_that_is_a_dead_shim_is_passed_over_for_one_that_pyenv_has(tmp_path: Path) -> None:
    shims = _program(tmp_path / "shims" / "python3.13", SHIM)
    real = tmp_path / ".pyenv" / "versions" / "3.13.0" / "bin" / "python3.13"
    _program(real, f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    found = _find_python(tmp_path, path=f"{shims.parent}:/usr/bin:/bin")
    assert found.returncode == 0
    assert Path(found.stdout.strip()).exists()


def test_a_machine_without_python_is_told_what_to_type(tmp_path: Path) -> None:
    shims = _program(tmp_path / "shims" / "python3.13", SHIM)
    found = _find_python(tmp_path, path=f"{shims.parent}:/usr/bin:/bin")
    if found.returncode == 0:
        pytest.skip(f"this machine has a Python 3.13 for everybody: {found.stdout.strip()}")
    assert "Python 3.13 is missing" in found.stderr
    assert "pyenv install 3.13" in found.stderr


def test_a_step_is_made_once_until_what_it_is_made_from_changes(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("one\n")
    step = setup.Step("environment", tmp_path, [lock], make=lambda: None)
    assert not step.is_done()
    step.run()
    assert step.is_done()
    lock.write_text("two\n")
    assert not step.is_done()


def test_uv_is_installed_as_the_lock_has_it() -> None:
    lines = setup.locked("uv").splitlines()
    assert lines[0].startswith("uv==")
    assert all(line.strip().startswith("--hash=sha256:") for line in lines[1:])
    assert len(lines) > 1


def test_a_failed_command_is_shown_with_the_remedy() -> None:
    with pytest.raises(setup.SetupError, match=r"failed: try again\.\nout of paper"):
        setup.run([sys.executable, "-c", "print('out of paper'); raise SystemExit(1)"], "try again")


def test_no_lock_file_names_a_host() -> None:
    tools = ROOT / "tests" / "contracts" / "tools"
    for lock in (*ROOT.glob("local/*/requirements.lock"), tools / "requirements.lock"):
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


def test_where_no_redis_can_be_had_the_message_says_what_to_type(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_binary, "TOOLS", tmp_path)
    monkeypatch.setattr(redis_binary, "DEBIAN_PACKAGES", ["no-such-package-anywhere"])
    monkeypatch.setattr(redis_binary, "VENV", tmp_path)
    with pytest.raises(redis_binary.RedisMissingError, match="apt-get install redis-server"):
        redis_binary.fetch()
    assert not list(tmp_path.iterdir())


def _find_python(home: Path, path: str) -> subprocess.CompletedProcess[str]:
    environment = {"HOME": str(home), "PATH": path}
    script = ROOT / "local" / "find_python.sh"
    return subprocess.run(
        ["sh", str(script)], check=False, capture_output=True, text=True, cwd=home, env=environment, timeout=30
    )


def _program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path

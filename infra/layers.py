"""The code of the Lambdas as zip files: the dependencies layer, the rideflow layer and the functions' code.

They are built without Docker and kept under `build/` by the hash of their inputs, so a synth without changes builds
nothing and needs no network. The .pyc files are of the kind `unchecked-hash`: a zipped layer loses its files' times,
and Python would consider .pyc files with a time stale at every cold start.
"""

from __future__ import annotations

import compileall
import hashlib
import os
import platform
import py_compile
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.markets.folders import basemap_folder, deployed_folders, market_folders

_ROOT = Path(__file__).resolve().parent.parent
_BUILD = _ROOT / "build"
_REQUIREMENTS = _ROOT / "layers" / "dependencies" / "requirements.txt"
_RIDEFLOW = _ROOT / "layers" / "rideflow" / "python"
_FUNCTIONS = _ROOT / "functions"
_CLIENT = re.compile(r"""(?:boto3|aws)\.client\(\s*"([a-z0-9-]+)\"""")
_LAYER_ROOT = "/opt/python"
_CODE_ROOT = "/var/task"
_RECIPE = b"2"
"""Part of every hash: raise it when this module builds differently."""


class LayerBuildError(RuntimeError):
    """A layer could not be built."""


@dataclass(frozen=True)
class Target:
    """The machine that imports the layers. `wheels` is uv's name of its platform, None for this very machine."""

    architecture: str
    wheels: str | None

    @property
    def label(self) -> str:
        return f"{self.architecture}-{'linux' if self.wheels else sys.platform}"


LAMBDA_ON_AWS = Target(architecture="arm64", wheels="aarch64-manylinux_2_28")
"""Lambda's Python 3.13 runs on Amazon Linux 2023 (glibc 2.34): wheels up to manylinux_2_28, and the older tags."""


def host() -> Target:
    """This machine, where the local stack runs functions as processes."""
    return Target(architecture="arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64", wheels=None)


@dataclass(frozen=True)
class Archive:
    """A zip file; `digest` changes exactly when its inputs do."""

    name: str
    path: Path
    digest: str


def dependencies_layer(target: Target) -> Archive:
    """The wheels of `layers/dependencies/requirements.txt` for the target, reduced to the AWS services in use."""
    services = aws_services()
    parts = [b"dependencies", target.label.encode(), _REQUIREMENTS.read_bytes(), " ".join(services).encode()]
    return _archive(
        f"dependencies-{target.label}", _digest(parts), lambda folder: _install(target, services, folder / "python")
    )


def aws_services() -> list[str]:
    """The services that our code makes clients of, and the one that resolves a role.

    botocore describes over 400 services; their descriptions would be a third of the layer.
    """
    sources = [*_RIDEFLOW.rglob("*.py"), *_FUNCTIONS.rglob("*.py")]
    named = {name for source in sources for name in _CLIENT.findall(source.read_text(encoding="utf-8"))}
    return sorted(named | {"sts"})


def rideflow_layer(further_markets: Path | None = None) -> Archive:
    """The package `rideflow`: pure Python, the same for every machine. Further markets lie beside its own.

    Grounds of maps are left out: browsers get them.
    """
    files = _files(_RIDEFLOW)
    for folder in () if further_markets is None else market_folders(further_markets):
        files |= {f"rideflow/markets/{folder.name}/{file}": path for file, path in _files(folder).items()}
    for folder in deployed_folders(further_markets):
        grounds = tuple(f"rideflow/markets/{folder.name}/{ground}/" for ground in basemap_folder(folder))
        files = {name: path for name, path in files.items() if not name.startswith(grounds)}
    return _packed("rideflow", files, "python", _LAYER_ROOT)


def functions_code() -> Archive:
    """The folder `functions/`: one archive serves every function."""
    return _packed("functions", _files(_FUNCTIONS), "", _CODE_ROOT)


def _files(source: Path) -> dict[str, Path]:
    """By their names in the folder."""
    found = (path for path in source.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(source).as_posix(): path for path in found}


def _packed(name: str, files: Mapping[str, Path], below: str, deployed_at: str) -> Archive:
    parts = [part for file, path in sorted(files.items()) for part in (file.encode(), path.read_bytes())]

    def fill(folder: Path) -> None:
        for file, path in files.items():
            copy = folder / below / file
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
        _compile(folder / below, deployed_at)

    return _archive(name, _digest([name.encode(), *parts]), fill)


def _install(target: Target, services: Sequence[str], folder: Path) -> None:
    command = ["uv", "pip", "install", "--quiet", "--python", sys.executable, "--target", str(folder), "--no-deps"]
    command += ["--require-hashes", "--only-binary", ":all:", "--no-compile-bytecode", "-r", str(_REQUIREMENTS)]
    if target.wheels:
        command += ["--python-platform", target.wheels]
    beside_python = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "PATH": beside_python}
    )
    if done.returncode:
        raise LayerBuildError(f"the layer of {target.label} could not be installed:\n{done.stderr}")
    for leftover in ("bin", "include", "lib64", ".lock"):
        path = folder / leftover
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    for described in (folder / "botocore" / "data").iterdir():
        if described.is_dir() and described.name not in services:
            shutil.rmtree(described)
    _compile(folder, _LAYER_ROOT)


def _compile(folder: Path, deployed_at: str) -> None:
    compileall.compile_dir(
        folder,
        quiet=2,
        stripdir=str(folder),
        prependdir=deployed_at,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )


def _digest(parts: Iterable[bytes]) -> str:
    """A hash of the parts, each with its length, so that moving a byte from one to the next changes it."""
    whole = hashlib.sha256()
    for part in (_RECIPE, sys.version.split()[0].rpartition(".")[0].encode(), *parts):
        whole.update(len(part).to_bytes(8, "big") + part)
    return whole.hexdigest()[:16]


def _archive(name: str, digest: str, fill: Callable[[Path], None]) -> Archive:
    path = _BUILD / f"{name}-{digest}.zip"
    if not path.exists():
        _BUILD.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=_BUILD) as scratch:
            fill(Path(scratch) / "content")
            _zip(Path(scratch) / "content", Path(scratch) / "archive.zip")
            (Path(scratch) / "archive.zip").replace(path)  # two builds at once: the last one wins, none is read half
    return Archive(name, path, digest)


def _zip(folder: Path, target: Path) -> None:
    """Equal content gives an equal file: names in order, and no times."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(entry for entry in folder.rglob("*") if entry.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), date_time=(1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())


def build() -> list[Archive]:
    """Every archive of every stage, so that later synths work offline."""
    return [*(dependencies_layer(target) for target in (host(), LAMBDA_ON_AWS)), rideflow_layer(), functions_code()]


if __name__ == "__main__":
    for built in build():
        print(f"{built.path.relative_to(_ROOT)}  {built.path.stat().st_size / 1e6:.1f} MB")

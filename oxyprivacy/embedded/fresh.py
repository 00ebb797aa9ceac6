"""What `make run` need not do again: static files that have not changed, a demo company that is there."""

from __future__ import annotations

import hashlib
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg2

from oxyprivacy.environment import ROOT, Environment

if TYPE_CHECKING:
    from collections.abc import Iterator

STAMP = "sources.txt"
#: There while the demo company is being loaded, and after a load that broke off.
LOADING = "demo.loading"


def is_static_stale(here: Environment) -> bool:
    """Tell whether the collected static files are older than their sources or than the installed libraries."""
    stamp = here.var / "static" / STAMP
    return not stamp.exists() or stamp.read_text(encoding="utf-8") != _static_digest()


def mark_static(here: Environment) -> None:
    """Note from which sources the static files were collected."""
    (here.var / "static" / STAMP).write_text(_static_digest(), encoding="utf-8")


def is_demo_wanted(here: Environment) -> bool:
    """Tell whether the demo company is to be loaded: never yet, or not to its end. What is there is not loaded twice."""
    return (here.var / LOADING).exists() or is_database_new(here)


@contextmanager
def loading_demo(here: Environment) -> Iterator[None]:
    """Note that a load has begun, until it has ended well."""
    mark = here.var / LOADING
    mark.touch()
    yield
    mark.unlink()


def is_database_new(here: Environment) -> bool:
    """Tell whether nobody has an account yet."""
    with closing(psycopg2.connect(here.database_url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('public.accounts_user') IS NOT NULL")
        if cursor.fetchone() != (True,):
            return True
        cursor.execute("SELECT NOT EXISTS (SELECT FROM accounts_user)")
        return bool(cursor.fetchone() == (True,))


def has_command(name: str) -> bool:
    """Tell whether one of our apps brings the management command `name`."""
    return any(ROOT.glob(f"*/management/commands/{name}.py"))


def _static_digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(_static_sources()):
        found = path.stat()
        digest.update(f"{path.relative_to(ROOT)} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _static_sources() -> list[Path]:
    folders = [ROOT / "static", *ROOT.glob("*/static")]
    return [path for folder in folders if folder.parent != ROOT / "var" for path in folder.rglob("*") if path.is_file()] + [
        path for path in [ROOT / "requirements" / "base.txt"] if path.exists()
    ]

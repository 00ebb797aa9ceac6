"""The folders and the system user that the embedded servers need; no permission outside these folders is touched."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from oxyprivacy.embedded import engine
from oxyprivacy.embedded.engine import Engine
from oxyprivacy.embedded.errors import EmbeddedServerError
from oxyprivacy.embedded.layout import SYSTEM_HOME, SYSTEM_USER, Layout

#: In root's system folder: whose it is.
CLONE = "clone.txt"
#: Which text of the roles this database has.
ROLES_MADE = "roles.made"


@dataclass(frozen=True)
class Place:
    """Where the servers run and as whom; `user` and `group` are None when they run as ourselves."""

    layout: Layout
    engine: Engine
    user: int | None
    group: int | None

    def own(self, folder: Path) -> Path:
        """Make a folder that only the servers' user may enter."""
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.user is not None and self.group is not None:
            os.chown(folder, self.user, self.group)
        _refuse_unsafe(folder, user=os.geteuid() if self.user is None else self.user)
        return folder


def known(layout: Layout) -> Place:
    """Describe the place as it is, and make nothing; for looking at what runs."""
    if not layout.is_root:
        return Place(layout, engine.of_wheels(), None, None)
    return Place(layout, engine.in_folder(layout.engine), None, None)


def prepare(layout: Layout) -> Place:
    """Make the folders of `layout`, as root also the system user and the copies of the programs.

    Raises:
        EmbeddedServerError: the user cannot be made, or a folder belongs to somebody else.
    """
    place = _for_root(layout) if layout.is_root else known(layout)
    for folder in (layout.queue, layout.sockets):
        place.own(folder)
    layout.logs.mkdir(mode=0o700, exist_ok=True)
    return place


def remove(layout: Layout) -> None:
    """Delete the folders of `layout`, and root's system folder whole."""
    for folder in (layout.data, layout.queue, layout.sockets, layout.engine, layout.logs):
        shutil.rmtree(folder, ignore_errors=True)
    (layout.home / ROLES_MADE).unlink(missing_ok=True)
    if layout.is_root:
        shutil.rmtree(layout.home, ignore_errors=True)


def _for_root(layout: Layout) -> Place:
    account = _system_user()
    for folder in (SYSTEM_HOME, layout.home):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
    (layout.home / CLONE).write_text(f"{layout.var}\n", encoding="utf-8")
    return Place(layout, engine.copied_to(layout.engine), account.pw_uid, account.pw_gid)


def _system_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        _make_system_user()
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        message = f"PostgreSQL refuses to run as root, and the system user {SYSTEM_USER} cannot be made: run as an ordinary user."
        raise EmbeddedServerError(message) from None


def _make_system_user() -> None:
    home = str(SYSTEM_HOME)
    commands = {
        "useradd": ["--system", "--user-group", "--no-create-home", "--home-dir", home, "--shell", "/usr/sbin/nologin"],
        "adduser": ["-S", "-D", "-H", "-h", home, "-s", "/sbin/nologin"],
    }
    for name, options in commands.items():
        program = shutil.which(name, path="/usr/sbin:/sbin:/usr/bin:/bin")
        if program:
            # Another clone may win the race for the same user: what counts is that there is one afterwards.
            subprocess.run([program, *options, SYSTEM_USER], capture_output=True, check=False)
            return


def _refuse_unsafe(folder: Path, *, user: int) -> None:
    """A folder in ``/tmp`` may have been laid there by somebody else, open to them."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != user:
        message = f"{folder} belongs to somebody else: remove it or set OXYPRIVACY_VAR to another folder."
        raise EmbeddedServerError(message)
    if stat.S_IMODE(found.st_mode) != 0o700:
        folder.chmod(0o700)

"""Encrypted as the file demands, with real servers: their certificate is that of the name, from an authority that is trusted, or nobody speaks."""

from __future__ import annotations

import os
import pwd
import socket
import subprocess
import tempfile
import time
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg2
import pytest
from django.conf import settings
from django.urls import reverse

from accounts.enums import UserRole
from connectors.declared import reading
from connectors.declared.shapes import SqlSystem
from connectors.outside import dialects, sessions
from connectors.outside.faults import NO_TLS, WORDS, SystemAway
from connectors.services import systems as watched
from tests.accounts.factories import make_staff, sign_in
from tests.connectors import certificates, systems
from tests.connectors.between import in_between, spare_port
from tests.connectors.crm import DECLARATION, NOON

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.test import Client

    from tests.connectors.between import Between
    from tests.connectors.certificates import Authority
    from tests.connectors.maria import MariaDB

pytestmark = pytest.mark.django_db

HOST, VARIABLE = "crm.example", "CONNECTOR_URL_CRM"
MISSING = "tests of encrypted connections need a PostgreSQL server (Debian: apt-get install postgresql)"


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgreSQL]:
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not programs:
        if os.environ.get("CI"):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    # PostgreSQL refuses root; Debian's package brings a user for it.
    user = pwd.getpwnam("postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name)
    with tempfile.TemporaryDirectory(prefix="oxy-") as name:
        folder, port = Path(name), spare_port()
        authority = certificates.authority(folder, "ours")
        certificate, key = authority.certify(HOST, folder)
        for path in (folder, certificate, key):
            os.chown(path, user.pw_uid, user.pw_gid)
        run: dict[str, Any] = {"user": user.pw_uid, "cwd": "/", "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        made = [f"--pgdata={folder}/data", "--username=asker", "--auth=trust", "--no-sync", "--no-instructions"]
        subprocess.run([programs[-1].with_name("initdb"), *made], check=True, **run)
        # Not on the command line, which nothing changes while the server runs.
        said = {"port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": folder, "fsync": "off",
                "ssl": "on", "ssl_cert_file": certificate, "ssl_key_file": key}  # fmt: skip
        with (folder / "data" / "postgresql.conf").open("a") as file:
            file.writelines(f"{key} = '{value}'\n" for key, value in said.items())
        server = subprocess.Popen([programs[-1], f"-D{folder}/data"], **run)
        try:
            yield PostgreSQL(folder, port, authority)
        finally:
            server.terminate()
            server.wait(30)


class PostgreSQL:
    """Encrypted for who asks for it."""

    engine = "postgresql"
    is_encrypted = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"

    def __init__(self, folder: Path, port: int, authority: Authority) -> None:
        self.folder, self.port, self.authority = folder, port, authority
        wait_for(lambda: self.run("SELECT 1"))

    def run(self, statement: str) -> None:
        with closing(psycopg2.connect(host=str(self.folder), port=self.port, user="asker", dbname="postgres")) as made:
            made.autocommit = True
            with made.cursor() as cursor:
                cursor.execute(statement)

    def url(self, host: str, port: int) -> str:
        return f"postgresql://asker:word@{host}:{port}/postgres"

    def hide_encryption(self, between: Between) -> None:
        """What a client asks first is whether it speaks TLS."""
        between.of_client(8)
        between.to_client(b"N")


@pytest.fixture(params=["postgresql", "mariadb"])
def server(request: pytest.FixtureRequest) -> PostgreSQL | MariaDB:
    found: PostgreSQL | MariaDB = request.getfixturevalue(request.param)
    return found


@contextmanager
def declared(
    server: PostgreSQL | MariaDB, *, host: str = HOST, port: int = 0, tls: str = "verify-full", ca: Path | None
) -> Iterator[SqlSystem]:
    """The sales system, as if it lay there; every name leads to this machine."""
    system = reading.read(DECLARATION, file="crm.toml")
    assert isinstance(system, SqlSystem)
    connection = replace(system.connection, engine=server.engine, tls=tls, ca=str(ca or ""))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(settings.CONNECTOR_URLS, VARIABLE, server.url(host, port or server.port))
        patch.setitem(settings.CONNECTORS, "networks", ("127.0.0.0/8",))
        patch.setattr(
            socket, "getaddrinfo", lambda _host, port, *_more, **_of: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
        )
        sessions.forget("crm")
        yield replace(system, connection=connection)
        sessions.forget("crm")


def answer(system: SqlSystem, question: str = "SELECT 1") -> int:
    with sessions.session(system) as session:
        return int(session.all(question)[0][0])


def see_refused(system: SqlSystem) -> None:
    with pytest.raises(SystemAway, match=f"^{NO_TLS}$"):
        answer(system)


def test_the_right_certificate_is_accepted_and_what_is_said_is_encrypted(server: PostgreSQL | MariaDB) -> None:
    with declared(server, ca=server.authority.file) as system:
        assert answer(system, server.is_encrypted) == 1


def test_what_the_machine_trusts_is_trusted_where_the_file_names_no_authority(
    server: PostgreSQL | MariaDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    with declared(server, ca=None) as system:
        see_refused(system)
    monkeypatch.setenv("SSL_CERT_FILE", str(server.authority.file))
    with declared(server, ca=None) as system:
        assert answer(system) == 1


def test_where_the_machine_keeps_what_it_trusts_is_looked_up_although_libpq_looks_elsewhere(
    postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that comes with its driver looks in the folder in which it was built, where there is nothing."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setattr(dialects, "ROOTS", ("/there/is/no/such.pem", str(postgresql.authority.file)))
    with declared(postgresql, ca=None) as system:
        assert answer(system) == 1


def test_the_certificate_of_another_name_is_refused(server: PostgreSQL | MariaDB) -> None:
    with declared(server, host="other.example", ca=server.authority.file) as system:
        see_refused(system)


def test_an_authority_that_nobody_trusts_is_refused(server: PostgreSQL | MariaDB, tmp_path: Path) -> None:
    stranger = certificates.authority(tmp_path, "ours")
    with declared(server, ca=stranger.file) as system:
        see_refused(system)
    with declared(server, tls="require", ca=None) as system:
        assert answer(system) == 1, "encrypted, and the file says that no certificate is checked"


@pytest.mark.parametrize("tls", ["verify-full", "require"])
def test_who_takes_the_encryption_away_in_between_hears_no_word(server: PostgreSQL | MariaDB, tls: str) -> None:
    """Neither a password nor a question, whatever the file checks of the certificate."""
    with in_between(server) as between:
        with (
            declared(server, port=between.port, tls=tls, ca=server.authority.file) as system,
            pytest.raises(SystemAway, match=f"^{NO_TLS}$"),
        ):
            answer(system)
        assert between.heard() == b""


def test_a_server_without_encryption_is_refused_and_the_desk_reads_why(postgresql: PostgreSQL, client: Client) -> None:
    postgresql.run("ALTER SYSTEM SET ssl = off")
    postgresql.run("SELECT pg_reload_conf()")
    try:
        with declared(postgresql, ca=postgresql.authority.file) as system:
            wait_for(lambda: see_refused(system))
            text = DECLARATION.replace('tls = "off"', f'tls = "verify-full"\nca = "{postgresql.authority.file}"')
            with systems.declared(text, file="crm.toml"):
                sessions.forget("crm")
                watched.look(at=NOON)
                page = sign_in(client, make_staff(role=UserRole.PRIVACY_OFFICER)).get(reverse("desk_systems")).content.decode()
        assert str(WORDS[NO_TLS]) in page
    finally:
        postgresql.run("ALTER SYSTEM RESET ssl")
        postgresql.run("SELECT pg_reload_conf()")


def wait_for(question: Callable[[], object]) -> None:
    """Until it raises nothing."""
    end = time.monotonic() + 30
    while True:
        try:
            question()
        except (psycopg2.Error, pytest.fail.Exception):
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return

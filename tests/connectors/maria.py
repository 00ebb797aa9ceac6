"""A MariaDB of Debian's, for the length of the tests: by a socket without encryption, and by a port with it."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pymysql  # type: ignore[import-untyped]  # as in connectors.outside.mysql
import pytest

from tests.connectors import certificates
from tests.connectors.between import spare_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.connectors.between import Between
    from tests.connectors.certificates import Authority

MISSING = "tests of MariaDB need its server (Debian: apt-get install mariadb-server)"
SCHEMA = """
CREATE DATABASE shop CHARACTER SET utf8mb4;
CREATE TABLE shop.client (id INT PRIMARY KEY AUTO_INCREMENT, email VARCHAR(200), name VARCHAR(200) NOT NULL, offers BOOLEAN NOT NULL DEFAULT TRUE, seen_at DATETIME(6) NOT NULL);
CREATE TABLE shop.buy (id INT PRIMARY KEY AUTO_INCREMENT, client_id INT NOT NULL, what VARCHAR(200), bought_on DATE NOT NULL, FOREIGN KEY (client_id) REFERENCES client (id));
CREATE TABLE shop.note (id INT PRIMARY KEY AUTO_INCREMENT, client_id INT NOT NULL, text TEXT, FOREIGN KEY (client_id) REFERENCES client (id));
CREATE USER asker@localhost IDENTIFIED BY 'pass word';
GRANT SELECT, UPDATE, DELETE ON shop.* TO asker@localhost;
CREATE USER asker@'127.0.0.1' IDENTIFIED BY 'pass word';
GRANT SELECT ON shop.* TO asker@'127.0.0.1'
"""
#: The name in its certificate.
HOST = "crm.example"
#: Among the flags with which it greets.
SPEAKS_TLS = 0x08


@dataclass(frozen=True, slots=True)
class MariaDB:
    """``folder``: of the socket."""

    folder: str
    port: int
    authority: Authority
    engine = "mysql"
    is_encrypted = "SELECT variable_value <> '' FROM information_schema.session_status WHERE variable_name = 'Ssl_cipher'"

    def url(self, host: str, port: int) -> str:
        return f"mysql://asker:pass%20word@{host}:{port}/shop"

    def made(self, **of: Any) -> Any:
        return pymysql.connect(unix_socket=f"{self.folder}/mysqld.sock", user=getpass.getuser(), **of)

    def hide_encryption(self, between: Between) -> None:
        """It greets first: with its version, which ends with a zero, a number, some salt, and what it speaks."""
        said = bytearray(between.of_server())
        said[said.index(0, 5) + 4 + 8 + 1 + 2] &= ~SPEAKS_TLS & 0xFF
        between.to_client(bytes(said))


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDB]:
    if shutil.which("mariadbd") is None:
        if os.environ.get("CI"):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    with tempfile.TemporaryDirectory(prefix="oxy-") as name:
        folder, port, user = Path(name), spare_port(), getpass.getuser()
        authority = certificates.authority(folder, "theirs")
        certificate, key = authority.certify(HOST, folder)
        ours = ["--no-defaults", f"--datadir={folder}/data", f"--user={user}", "--innodb-buffer-pool-size=16M", "--innodb-log-file-size=8M"]
        made = ["mariadb-install-db", *ours, "--auth-root-authentication-method=socket", "--skip-test-db"]
        subprocess.run(made, check=True, capture_output=True)
        met = ["--bind-address=127.0.0.1", f"--port={port}", "--skip-name-resolve", f"--ssl-cert={certificate}", f"--ssl-key={key}"]
        run = ["mariadbd", *ours, *met, f"--socket={folder}/mysqld.sock", f"--pid-file={folder}/pid"]
        server = subprocess.Popen(run, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            found = MariaDB(name, port, authority)
            _prepare(found)
            yield found
        finally:
            server.terminate()
            server.wait(60)


def _prepare(found: MariaDB) -> None:
    """The socket is there when the server listens, or a moment before."""
    end = time.monotonic() + 60
    while not Path(found.folder, "mysqld.sock").exists() and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(0.2)
    with closing(found.made()) as root, root.cursor() as cursor:
        for statement in SCHEMA.split(";"):
            cursor.execute(statement)

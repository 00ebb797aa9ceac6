from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.connectors import systems
from tests.connectors.crm import crm, crm_server
from tests.connectors.maria import mariadb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connectors.declared.shapes import System

__all__ = ["crm", "crm_server", "mariadb"]


@pytest.fixture
def tickets() -> Iterator[System]:
    with systems.declared(systems.TICKETS, file="tickets.toml") as system:
        yield system

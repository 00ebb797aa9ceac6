from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.connectors import systems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connectors.declared.shapes import System


@pytest.fixture
def tickets() -> Iterator[System]:
    with systems.declared(systems.TICKETS, file="tickets.toml") as system:
        yield system

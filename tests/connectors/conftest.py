from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from connectors.sources.sql import SqlSource
from datamap import registry
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod
from tests.connectors import systems
from tests.connectors.crm import NOON, NOOR, crm, crm_server
from tests.connectors.maria import mariadb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connectors.declared.shapes import System
    from subjects.models import Subject
    from tests.connectors.crm import Crm

__all__ = ["crm", "crm_server", "mariadb"]


@pytest.fixture
def tickets() -> Iterator[System]:
    with systems.declared(systems.TICKETS, file="tickets.toml") as system:
        yield system


@pytest.fixture
def source(crm: Crm) -> SqlSource:
    found = registry.get("crm")
    assert isinstance(found, SqlSource)
    return found


@pytest.fixture
def noor() -> Subject:
    return subjects.subject_for(identifiers=[(IdentifierKind.EMAIL, NOOR)], method=IdentityMethod.MAILBOX, at=NOON)

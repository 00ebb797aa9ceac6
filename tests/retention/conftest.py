from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from datamap import registry

if TYPE_CHECKING:
    from datamap.declaration import Source


@pytest.fixture
def only(monkeypatch):
    """Let the registry hold these sources and no other."""

    def hold(*sources: Source) -> None:
        monkeypatch.setattr(registry, "_sources", {source.key: source for source in sources})

    return hold

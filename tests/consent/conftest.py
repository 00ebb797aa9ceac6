from __future__ import annotations

from collections.abc import Iterator

import pytest

from consent import catalog


@pytest.fixture(autouse=True)
def _catalogue_of_its_own() -> Iterator[None]:
    """What a test published is gone after it."""
    catalog.forget()
    yield
    catalog.forget()

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from django.utils.translation import override

from tests.recruitment import cast

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from django.test import Client


@pytest.fixture
def in_english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.fixture
def hr(db: None) -> Client:
    return cast.hr_client()


@pytest.fixture
def now() -> datetime:
    return timezone.now()

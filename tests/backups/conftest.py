"""Backups of these tests lie in this run's own folders, and go with the test; so do databases that were restored beside its own."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings

from tests.backups import house

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _tidy(request: pytest.FixtureRequest) -> Iterator[None]:
    _empty()
    yield
    _empty()
    if request.node.get_closest_marker("django_db"):
        house.drop_all()


def _empty() -> None:
    for folder in (settings.ENVIRONMENT.archives, settings.ENVIRONMENT.escrow):
        for path in Path(folder).rglob("*"):
            if path.is_dir():
                path.chmod(0o700)
        shutil.rmtree(folder, ignore_errors=True)

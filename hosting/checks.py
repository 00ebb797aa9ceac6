"""Backups that one disaster would take, that are missing or would not go: ``manage.py check --database default`` says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.checks import Error, Tags, register
from django.db import connections
from django.utils import timezone

from hosting.models import Replica
from hosting.services import alarming

if TYPE_CHECKING:
    from collections.abc import Sequence

HINT = "See the log of the worker, and the desk's page of customer databases."


@register(Tags.database)
def check_backups(*, databases: Sequence[str] | None = None, **_options: Any) -> list[Error]:
    if "default" not in (databases or ()) or Replica._meta.db_table not in connections["default"].introspection.table_names():
        return []
    found = alarming.trouble(at=timezone.now())
    said = {
        "hosting.E001": (found.late, "customer databases have no recent backup."),
        "hosting.E002": (found.few, "backups stand in fewer than two places."),
        "hosting.E003": (found.stuck, "copies of backups could not be written."),
        "hosting.E004": (found.overdue, "copies of backups are over and would not go."),
    }
    return [Error(f"{number} {words}", hint=HINT, id=code) for code, (number, words) in said.items() if number]

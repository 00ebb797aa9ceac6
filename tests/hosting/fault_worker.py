"""A worker in a process of its own, which ``HOSTING_FAULT_AT`` may end as a power cut would."""

from __future__ import annotations

import sys
from datetime import datetime
from uuid import UUID

import django

django.setup()

from django.utils import timezone

from hosting.services import running
from retention.services import keep_periods


def main(what: str, value: str) -> None:
    if what == "keep":
        keep_periods(at=datetime.fromisoformat(value))
    else:
        running.run_database(database_id=UUID(value), clock=timezone.now)


if __name__ == "__main__":
    main(*sys.argv[1:])

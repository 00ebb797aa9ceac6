from __future__ import annotations

from celery import shared_task

from retention import clocks, services


@shared_task(name="retention.keep_periods")
def keep_periods() -> None:
    services.keep_round(reading=clocks.read())

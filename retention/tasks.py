from __future__ import annotations

from celery import shared_task

from retention import clocks, services


@shared_task(name="retention.keep_periods")
def keep_periods() -> None:
    reading = clocks.read()
    services.beat(at=reading.database, fault=clocks.fault(reading))
    services.keep_round(reading=reading)


@shared_task(name="retention.watch")
def watch() -> None:
    at = clocks.read().database
    try:
        services.watch(at=at)
    finally:
        services.alarm(at=at)

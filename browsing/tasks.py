from __future__ import annotations

from celery import shared_task

from browsing import clocks, counting, dropping, services, weeks


@shared_task(name="browsing.write_visits")
def write_visits() -> None:
    services.write_waiting(at=clocks.now())


@shared_task(name="browsing.tend")
def tend() -> None:
    """What is due each hour: weeks ahead, weeks that were swept, link cases whose time is over, what is known of log files that nobody
    could load again.
    """
    at = clocks.now()
    weeks.make_ahead(at=at)
    dropping.give_back(at=at)
    services.end_over(at=at)
    services.forget_log_files(at=at)


@shared_task(name="browsing.count_days")
def count_days() -> None:
    counting.count_days(at=clocks.now())

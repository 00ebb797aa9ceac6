"""The Celery application and its beat: rows are the truth, these only ring the bell."""

from __future__ import annotations

import gc
import logging
import os
import sys
from contextlib import suppress
from datetime import timedelta
from typing import Any

from billiard.util import set_pdeathsig  # type: ignore[attr-defined]  # its stubs do not know it
from celery import Celery, Task
from celery.schedules import crontab
from celery.signals import celeryd_after_setup, task_prerun
from django.apps import apps
from django.conf import settings
from django.db import close_old_connections
from django.template.loader import get_template
from django.urls import reverse
from django.utils import translation

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oxyprivacy.settings")
# Each start would run every system check, with all that they import, and look at no answer. ``manage.py check`` does look.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

logger = logging.getLogger(__name__)


class OpenedTask(Task):  # type: ignore[type-arg]  # generic to its stubs alone
    """From a database that was restored and is not open yet nothing is done (see ``subjects.home``): the rows wait, and the sweeper finds them."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        from subjects import home  # noqa: PLC0415 - models, which are not there yet when this is read

        if home.is_closed():
            logger.error("%s was not done: the database was restored and is not open yet.", self.name)
            return None
        return super().__call__(*args, **kwargs)


app = Celery("oxyprivacy", task_cls=OpenedTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.set_default()
# Celery would connect to the database anew for every task, which takes longer than most tasks do. Django's own rules decide instead:
# before each task a connection that is broken or old is closed, as before each request of the web.
app.conf["CELERY_DB_REUSE_MAX"] = sys.maxsize

app.conf.beat_schedule = {
    "letters.sweep": {"task": "letters.sweep", "schedule": settings.RIGHTS["sweep_every"]},
    "hosting.sweep": {"task": "hosting.sweep", "schedule": settings.RIGHTS["sweep_every"]},
    "hosting.tend": {"task": "hosting.tend", "schedule": crontab(minute=30)},
    "connectors.sweep": {"task": "connectors.sweep", "schedule": settings.RIGHTS["sweep_every"]},
    "connectors.look": {"task": "connectors.look", "schedule": settings.CONNECTORS["look_every"]},
    "connectors.tend": {"task": "connectors.tend", "schedule": crontab(minute=25)},
    "rights_requests.sweep": {"task": "rights_requests.sweep", "schedule": settings.RIGHTS["sweep_every"]},
    "subjects.copy_orders": {"task": "subjects.copy_orders", "schedule": settings.RIGHTS["sweep_every"]},
    "rights_requests.fetch_mail": {"task": "rights_requests.fetch_mail", "schedule": timedelta(minutes=2)},
    "rights_requests.tend": {"task": "rights_requests.tend", "schedule": crontab(minute=5)},
    "recruitment.fetch_mail": {"task": "recruitment.fetch_mail", "schedule": timedelta(minutes=2)},
    "recruitment.sweep": {"task": "recruitment.sweep", "schedule": crontab(minute=50)},
    "policy.open_links": {"task": "policy.open_links", "schedule": crontab(hour=4, minute=45, day_of_week=1)},
    "policy.tell_customers": {"task": "policy.tell_customers", "schedule": crontab(minute=15)},
    "retention.keep_periods": {"task": "retention.keep_periods", "schedule": crontab(minute=20)},
    "retention.watch": {"task": "retention.watch", "schedule": crontab(minute=35)},
    "browsing.write_visits": {"task": "browsing.write_visits", "schedule": settings.BROWSING["write_every"]},
    "browsing.tend": {"task": "browsing.tend", "schedule": crontab(minute=40)},
    "browsing.count_days": {"task": "browsing.count_days", "schedule": crontab(hour=3, minute=10)},
    "backups.take": {"task": "backups.take", "schedule": crontab(hour=2, minute=30)},
    "policy.tend": {"task": "policy.tend", "schedule": crontab(hour=4, minute=15)},
    "consent.count_days": {"task": "consent.count_days", "schedule": crontab(hour=3, minute=15)},
    "security.watch": {"task": "security.watch", "schedule": timedelta(minutes=5)},
    "security.alarm_evidence": {"task": "security.alarm_evidence", "schedule": crontab(hour=6, minute=20)},
    "policy.look": {"task": "policy.look", "schedule": settings.PROMISES["look_every"]},
    "audit.seal": {"task": "audit.seal", "schedule": timedelta(minutes=5)},
    "audit.mail_head": {"task": "audit.mail_head", "schedule": crontab(hour=6, minute=0)},
}


@task_prerun.connect
def _keep_good_connections(**_: Any) -> None:
    close_old_connections()


#: What every process of the worker needs with its first task.
TEMPLATES = ("letters/mail.html", "packages/index.html", "packages/information.html")


@celeryd_after_setup.connect
def _share_memory(**_: Any) -> None:
    """Load once, before the first fork, what each process would load for itself; what the collector never touches again stays
    shared between them.
    """
    # Each process asks to end with this one, for which a line of C is parsed; this one asks for nothing.
    with suppress(OSError):
        set_pdeathsig(0)
    # What Django finds out about a model when it is first asked for.
    for model in apps.get_models(include_auto_created=True):
        str(model._default_manager.all().query)
    for template in TEMPLATES:
        get_template(template)
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            reverse("home")
    gc.collect()
    gc.freeze()

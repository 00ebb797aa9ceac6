"""The Celery application and its beat: rows are the truth, these only ring the bell."""

from __future__ import annotations

import os
from datetime import timedelta

from celery import Celery
from celery.schedules import crontab
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oxyprivacy.settings")

app = Celery("oxyprivacy")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.set_default()

app.conf.beat_schedule = {
    "letters.sweep": {"task": "letters.sweep", "schedule": settings.RIGHTS["sweep_every"]},
    "rights_requests.sweep": {"task": "rights_requests.sweep", "schedule": settings.RIGHTS["sweep_every"]},
    "rights_requests.tend": {"task": "rights_requests.tend", "schedule": crontab(minute=5)},
    "retention.keep_periods": {"task": "retention.keep_periods", "schedule": crontab(minute=20)},
    "audit.seal": {"task": "audit.seal", "schedule": timedelta(minutes=5)},
    "audit.mail_head": {"task": "audit.mail_head", "schedule": crontab(hour=6, minute=0)},
}

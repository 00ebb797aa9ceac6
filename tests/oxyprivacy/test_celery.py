from __future__ import annotations

import os
import subprocess
import sys

SHARED = """
import gc
import oxyprivacy.celery
from celery.signals import celeryd_after_setup

assert gc.get_freeze_count() == 0
celeryd_after_setup.send(sender="worker", instance=None, conf=None)
assert gc.get_freeze_count() > 100_000, gc.get_freeze_count()
"""


def test_what_the_worker_forks_from_is_shared_and_left_alone():
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "oxyprivacy.settings"}
    setup = "import django; django.setup()\n"
    subprocess.run([sys.executable, "-c", setup + SHARED], env=environment, check=True)


def test_the_typesetter_takes_no_memory_until_somebody_asks_for_it():
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "oxyprivacy.settings"}
    told = "import django; django.setup(); import oxyprivacy.urls, sys; assert 'typst' not in sys.modules"
    subprocess.run([sys.executable, "-c", told], env=environment, check=True)

"""What the worker leaves out to stay small, and that nothing which it runs needs it."""

import json
import os
import re
import subprocess
import sys

import pytest
from django.conf import settings
from django.urls import get_resolver

NAMES = """
import json, django
django.setup()
from django.contrib import admin
from django.urls import get_resolver
print(json.dumps({"names": [name for name in get_resolver().reverse_dict if isinstance(name, str)], "admin": len(admin.site._registry)}))
"""
#: What only a process that answers runs.
ANSWERS = re.compile(
    r"(^|/)(views|urls|admin|forms|middleware|navigation|adapter|eyes|staff|settings)[^/]*(/|\.py$)|^(api|demo|tests|benchmarks|\.venv|var)/"
)
WRITTEN = ("letters", "packages")


@pytest.fixture(scope="module")
def worker() -> dict:
    variables = os.environ | {"OXYPRIVACY_PROCESS": "worker", "DJANGO_SETTINGS_MODULE": "oxyprivacy.settings"}
    ran = subprocess.run([sys.executable, "-c", NAMES], cwd=settings.BASE_DIR, env=variables, capture_output=True, text=True, check=True)
    return json.loads(ran.stdout)


def test_it_has_no_page_of_the_admin_the_api_and_of_signing_in(worker):
    assert worker["admin"] == 0
    assert {"account_login", "mfa_index", "api_root", "developers"}.isdisjoint(worker["names"])
    assert {"home", "portal_case", "account_home", "desk_queue"} <= set(worker["names"])


def test_nothing_that_it_runs_names_a_page_that_it_lacks(worker):
    lacking = {name for name in get_resolver().reverse_dict if isinstance(name, str)} - set(worker["names"])
    named = re.compile("['\"](" + "|".join(map(re.escape, sorted(lacking))) + ")['\"]")
    sources = [path for path in settings.BASE_DIR.rglob("*.py") if not ANSWERS.search(path.relative_to(settings.BASE_DIR).as_posix())]
    texts = [path for folder in WRITTEN for path in (settings.BASE_DIR / "templates" / folder).rglob("*") if path.is_file()]

    assert len(sources) > 300
    assert len(texts) > 3
    assert [(path.name, found) for path in [*sources, *texts] if (found := named.findall(path.read_text(encoding="utf-8")))] == []

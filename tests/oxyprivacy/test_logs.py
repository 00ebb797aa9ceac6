"""The log names what failed. It holds no key of a link, and nothing that somebody typed."""

from __future__ import annotations

import io
import logging
import logging.config
import secrets

import pytest
from django.conf import settings
from django.test import Client, RequestFactory
from django.urls import reverse

KEY = secrets.token_urlsafe(32)


@pytest.fixture(params=["plain", "json"])
def written(request):
    """What a logger with our handler wrote, in both forms."""
    stream = io.StringIO()
    handler = settings.LOGGING["handlers"]["console"]
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": settings.LOGGING["formatters"],
            "filters": settings.LOGGING["filters"],
            "handlers": {"tried": {**handler, "formatter": request.param, "stream": stream}},
            "loggers": {name: {"handlers": ["tried"]} for name in ("django.request", "django.security.csrf", "tried")},
        }
    )
    yield stream.getvalue
    for name in ("django.request", "django.security.csrf", "tried"):
        logging.getLogger(name).handlers.clear()


@pytest.mark.django_db
def test_the_key_of_a_link_is_in_no_line(written):
    strict = Client(enforce_csrf_checks=True)
    strict.get(reverse("jobs_offer", args=[KEY]))
    strict.post(reverse("jobs_pool", args=[KEY]))
    assert "/jobs/offer/" in written()
    assert "/jobs/keep/" in written()
    assert KEY not in written()


def test_the_address_of_a_search_is_in_no_line(written):
    request = RequestFactory().get("/desk/", {"q": "noor@customer.example"})
    logging.getLogger("tried").error("Refused: %s", request.path, extra={"request": request, "status_code": 403})
    assert "Refused: /desk/" in written()
    assert "noor" not in written()


def test_words_and_values_that_do_not_fit_stop_nobody(written, monkeypatch):
    monkeypatch.setattr(logging, "raiseExceptions", False)
    logging.getLogger("tried").error("%d", "no number")
    logging.getLogger("tried").error("next")
    assert "next" in written()

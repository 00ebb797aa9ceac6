"""The web as the server calls it. Limits count whoever connects: behind a proxy, whom that proxy names, and no other header."""

from __future__ import annotations

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from granian.utils.proxies import wrap_wsgi_with_proxy_headers

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oxyprivacy.settings")

application = get_wsgi_application()
if settings.ENVIRONMENT.proxies:
    application = wrap_wsgi_with_proxy_headers(application, list(settings.ENVIRONMENT.proxies))

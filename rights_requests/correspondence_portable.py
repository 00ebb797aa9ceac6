"""The letters of a request for what can be taken elsewhere (Art. 20)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import translation

from datamap import registry
from letters.values import Items, Rows
from rights_requests.correspondence import of_package, status_url, write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from letters.values import Value
    from rights_requests.models import Package, RightsRequest
    from rights_requests.packages import Built, Foretold


def portable_ready(rights_request: RightsRequest, package: Package | None, built: Built | Foretold, *, at: datetime) -> None:
    """``package`` None: it is not made yet, and the letter only shown."""
    values: dict[str, Value] = {
        "received_on": rights_request.received_on,
        **of_package(package),
        "sources": Items(built.sources),
        "left_out": Rows(rows=built.left_out),
        "withheld": Items(built.withheld),
        "status_url": status_url(rights_request),
    }
    write(rights_request, "portable_ready", values, at=at)


def portable_nothing(rights_request: RightsRequest, *, left_out: Sequence[tuple[str, str, str]], at: datetime) -> None:
    """``left_out`` empty: nothing is held at all."""
    with translation.override(rights_request.language):
        looked = Items([str(source.label) for source in registry.all_sources()])
        values: dict[str, Value] = {"received_on": rights_request.received_on, "left_out": Rows(rows=left_out), "sources": looked}
        write(rights_request, "portable_nothing", values, at=at)

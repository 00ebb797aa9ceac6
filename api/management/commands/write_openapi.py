"""Write the schema of the API down as ``docs/openapi.yaml``: a test holds the one that is served against it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from api import schema


class Command(BaseCommand):
    help = "Write docs/openapi.yaml."

    def handle(self, *args: Any, **options: Any) -> None:
        path = settings.BASE_DIR / "docs" / "openapi.yaml"
        path.write_text(schema.written(), encoding="utf-8")
        self.stdout.write(f"{path.name}: written")

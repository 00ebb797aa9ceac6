from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from rights_requests import lifecycle


class Command(BaseCommand):
    help = "Draw the table of the life of a request into docs/lifecycle.md."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        target = Path(settings.BASE_DIR, "docs", "lifecycle.md")
        target.write_text(lifecycle.page(), encoding="utf-8")
        self.stdout.write(f"{target.relative_to(settings.BASE_DIR)} is drawn.")

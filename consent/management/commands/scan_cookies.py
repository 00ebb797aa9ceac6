"""``manage.py scan_cookies URL...``: what pages leave in a browser, against what their sites declare. What is unknown fails it."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from consent import catalog, scanning

if TYPE_CHECKING:
    from argparse import ArgumentParser

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
LANGUAGE = "en"


class Command(BaseCommand):
    help = "Open pages in Chromium before consent, after refusing and with each category, and name what is not declared."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("urls", nargs="+", metavar="URL")
        parser.add_argument("--site", help="whose declaration counts for pages without a banner; ours by itself")
        parser.add_argument(
            "--resolve", metavar="RULES", default="", help="host-resolver-rules of Chromium, to scan a site before it is public"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            from playwright.sync_api import Error, sync_playwright  # noqa: PLC0415 - a dependency of development alone
        except ImportError as error:
            raise CommandError("scan_cookies needs Playwright, which is a development dependency: make setup installs it.") from error
        program = next((path for name in BROWSERS if (path := shutil.which(name))), None)
        if program is None:
            raise CommandError("scan_cookies needs Chromium, and there is none here: install the package chromium.")
        known = catalog.current()
        notices = {site: json.loads(served.content) for (site, language), served in known.in_force.items() if language == LANGUAGE}
        default = options["site"] or min(known.ours, default="")
        if not default:
            raise CommandError("No site is marked as ours, so say with --site whose declaration counts for pages without a banner.")
        faults, unseen = 0, 0
        with sync_playwright() as playwright:
            rules = [f"--host-resolver-rules={options['resolve']}"] if options["resolve"] else []
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", *rules])
            for url in options["urls"]:
                try:
                    found = self._scan(browser, url, notices, default)
                except (Error, scanning.NotShown) as error:
                    unseen += 1
                    self.stdout.write(f"{url}: nothing is known of it ({str(error).splitlines()[0]})")
                    continue
                faults += found
                self.stdout.write(f"{url}: {'everything is declared' if not found else f'{found} not declared'}")
            browser.close()
        if faults or unseen:
            raise CommandError(f"{faults} not declared, {unseen} not seen.")

    def _scan(self, browser: Any, url: str, notices: dict[str, Any], default: str) -> int:
        found = 0
        try:
            for fault in scanning.scan(browser, url, notices, default_site=default):
                self.stdout.write(str(fault))
                found += 1
        except LookupError as error:
            raise CommandError(f"No notice of {error} is published here.") from error
        return found

"""What a browser would send of a page: every box as the page shows it, to be sent back with what somebody typed instead."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING

from datamap.meanwhile import SHOWN

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.test import Client

#: Pressed or not, a browser sends a button only when it is the one that was pressed.
NO_BOX = frozenset({"submit", "button", "image", "reset"})


def boxes(page: HttpResponse) -> dict[str, list[str]]:
    """The values of all boxes of a page, by name."""
    reader = _Reader()
    reader.feed(page.content.decode())
    return reader.found


def carried(client: Client, path: str) -> dict[str, list[str]]:
    """What a page that was opened just now says that it showed."""
    return {SHOWN: boxes(client.get(path))[SHOWN]}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, list[str]] = {}
        self.area, self.select, self.is_first = "", "", False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "select":
            self.select, self.is_first = name, "multiple" not in given
        elif tag == "option" and self.select and ("selected" in given or self.is_first):
            chosen = self.found.setdefault(self.select, [])
            if "selected" in given and self.is_first:
                chosen.clear()
            chosen.append(given.get("value", ""))
            self.is_first = False if "selected" in given else self.is_first and not chosen
        elif tag == "textarea" and name:
            self.area = name
            self.found[name] = [""]
        elif tag == "input" and name and given.get("type", "text") not in NO_BOX:
            is_ticked = given.get("type") in {"checkbox", "radio"}
            if not is_ticked or "checked" in given:
                self.found.setdefault(name, []).append(given.get("value", "on" if is_ticked else ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            # The first line break after the tag belongs to the markup.
            self.found[self.area] = [self.found[self.area][0].removeprefix("\n")]
            self.area = ""
        elif tag == "select":
            self.select = ""

    def handle_data(self, data: str) -> None:
        if self.area:
            self.found[self.area][0] += data

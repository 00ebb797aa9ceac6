"""The letters of a deed, read before it is done."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from letters import services as letters
from rights_requests import services

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

    from rights_requests.views.deed import Act, Deed

#: Its title stands below the heading of the page's part that shows it.
LEVEL = 3


def sheets(deed: Deed, act: Act) -> list[SafeString]:
    """Each as its reader would see it, links and codes left out. Files that were chosen are kept nowhere for that."""
    act = replace(act, typed={**act.typed, "attached": ()}) if "attached" in act.typed else act
    written = services.letters_of(lambda: deed.run(act), rights_request=act.rights_request, at=act.at)
    return [letters.html_of(letter, level=LEVEL) for letter in written]

"""The side list of the desk: rooms under headings, each with a picture of its own."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings

from accounts.enums import UserRole
from oxyprivacy import navigation


def test_each_room_has_a_picture_of_its_own_and_it_is_drawn() -> None:
    icons = [room.icon for group in navigation.DESK for room in group.rooms]
    sheet = (Path(settings.BASE_DIR) / "static" / "icons.svg").read_text(encoding="utf-8")
    assert len(icons) == len(set(icons))
    assert set(icons) <= set(re.findall(r'symbol id="([^"]+)"', sheet))


def test_a_heading_without_a_room_is_not_shown() -> None:
    for role in (UserRole.HELPDESK, UserRole.HR, UserRole.PRIVACY_OFFICER):
        groups = navigation.desk_places(view_name="desk_queue", counts={}, role=role)
        assert all(group.places for group in groups)
        assert len({group.label for group in groups}) == len(groups)
    (jobs, you) = navigation.desk_places(view_name="", counts={}, role=UserRole.HR)
    assert [len(jobs.places), len(you.places)] == [2, 1]

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from rights_requests import lifecycle
from rights_requests.enums import Action, Status


def test_the_documentation_shows_the_table_of_the_code():
    drawn = Path(settings.BASE_DIR, "docs", "lifecycle.md").read_text(encoding="utf-8")

    assert drawn == lifecycle.page(), "manage.py draw_lifecycle draws it again"


def test_every_state_and_action_is_drawn():
    page = lifecycle.page()

    assert [status for status in Status if f" {status.value}" not in page] == []
    assert [action for action in Action if f"| {action.value} |" not in page] == []
    assert "    IN_REVIEW --> AWAITING_APPROVAL: PROPOSE_ERASURE" in page.splitlines()

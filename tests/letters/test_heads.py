from __future__ import annotations

import pytest
from dateutil.relativedelta import relativedelta

from audit import heads
from audit.models import Seal
from letters import services
from letters.models import Letter

pytestmark = pytest.mark.django_db


def test_the_newest_seal_is_mailed_outside_once(at, rung):
    Seal.objects.create(
        number=1,
        root=b"\xab" * 32,
        previous=b"\x00" * 32,
        count=1,
        sealed_at=at,
        key_id="k",
        signature=b"\x00" * 64,
        expires_at=at + relativedelta(years=6),
    )
    for _twice in range(2):
        heads.announce()
    letter = Letter.objects.get(event="audit_head")
    assert letter.recipient == "privacy@oxygis.example"
    assert letter.is_shown_to_person is False
    assert "ab" * 32 in services.text_of(letter)

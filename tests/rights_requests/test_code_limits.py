"""Codes that nobody gets are worth nothing to anybody, and strangers use up none of a person's."""

from __future__ import annotations

from datetime import timedelta

import pytest

from letters.enums import LetterStatus
from letters.models import Letter
from rights_requests import services
from rights_requests.models import AccessCode
from rights_requests.services import codes
from tests.rights_requests import cast

pytestmark = pytest.mark.django_db


def ask(reference: str, at) -> AccessCode:
    services.ask_code(reference=reference, at=at)
    row = AccessCode.objects.latest("asked_at", "id")
    codes.answer_code(code_id=row.pk, at=at)
    row.refresh_from_db()
    return row


def queued(event: str) -> int:
    return Letter.objects.filter(event=event).exclude(status=LetterStatus.HELD).count()


def test_a_code_whose_letter_is_held_back_cannot_be_guessed(at, monkeypatch):
    case = cast.confirmed(at=at)
    for second in range(3):
        ask(case.reference, at + timedelta(seconds=second))
    last = cast.code_of(case.reference)
    monkeypatch.setattr("rights_requests.tokens.new_code", lambda: "424242")

    held = ask(case.reference, at + timedelta(seconds=9))

    assert (held.request, bytes(held.digest)) == (None, b"")
    with pytest.raises(services.CodeNotValid):
        services.redeem_code(reference=case.reference, code="424242", at=at + timedelta(seconds=10))
    assert services.redeem_code(reference=case.reference, code=last, at=at + timedelta(seconds=10)) == case


def test_requests_that_strangers_file_in_the_name_of_a_person_use_up_none_of_their_codes(at):
    case = cast.confirmed(at=at)
    for _number in range(5):
        stranger = cast.file(at=at)
        ask(stranger.reference, at)
    assert queued("confirm_request") + queued("access_code") == 3

    ask(case.reference, at + timedelta(minutes=1))

    assert services.redeem_code(reference=case.reference, code=cast.code_of(case.reference), at=at + timedelta(minutes=1)) == case

from __future__ import annotations

import pytest

from letters import tasks
from letters.enums import LetterStatus

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_tasks_go_by_their_names():
    assert (tasks.send.name, tasks.sweep.name) == ("letters.send", "letters.sweep")


def test_a_bell_sends_its_letter(write, rung, server):
    letter = write()
    assert rung == [str(letter.pk)]
    tasks.send.run(letter_id=rung[0])
    letter.refresh_from_db()
    assert letter.status == LetterStatus.SENT


def test_a_letter_whose_bell_nobody_heard_is_swept_up(write, server):
    letter = write()
    tasks.sweep.run()
    assert server.message_ids == [letter.message_id]

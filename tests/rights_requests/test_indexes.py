"""Among a hundred thousand rows the desk's lists are read from an index, and not by sorting or counting the table."""

from __future__ import annotations

from contextlib import closing

import pytest
from django.conf import settings
from django.db import connection

from letters.models import Letter
from tests.audit.test_guard import connect

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = 100_000
LETTERS = """
    INSERT INTO letters_letter (id, event, language, about, recipient, recipient_name, subject, body, sealed, message_id, status, attempts,
        next_try_at, written_at, is_shown_to_person, expires_at)
    SELECT gen_random_uuid(), 'request_received', 'en', 'R-' || n, 'noor@customer.example', '', 'Subject', '[]', '', n || '@x.example',
        CASE WHEN n %% 10000 = 0 THEN 'UNKNOWN' WHEN n %% 10000 = 1 THEN 'HELD' ELSE 'SENT' END, 1, now(), now() - n * interval '1 minute',
        true, now() + interval '5 years'
      FROM generate_series(1, %s) AS n
"""


def fill(statement: str, table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [ROWS])
    with closing(connect(settings.ENVIRONMENT.owner_url)) as owner:
        owner.autocommit = True
        owner.cursor().execute(f"VACUUM ANALYZE {table}")


def test_letters_that_wait_for_a_person_are_found_and_counted_by_their_index():
    fill(LETTERS, "letters_letter")
    waiting = Letter.objects.for_a_person_to_settle()

    assert waiting.count() == ROWS // 10_000 * 2
    for plan in (waiting.defer("body", "sealed")[:100].explain(), waiting.order_by().values("status").explain()):
        assert "letters_letter_settle" in plan
        assert "Seq Scan" not in plan

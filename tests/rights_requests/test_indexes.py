"""Among a hundred thousand rows the desk's lists are read from an index, and not by sorting or counting the table."""

from __future__ import annotations

from contextlib import closing
from datetime import date
from itertools import product

import pytest
from django.conf import settings
from django.db import connection

from letters.models import Letter
from rights_requests import selectors
from tests.audit.test_guard import connect
from tests.rights_requests.desk_cast import make_case

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = 100_000
LETTERS = """
    INSERT INTO letters_letter (id, event, language, about, recipient, recipient_name, by_hand_to, is_unverified, subject, body, sealed, message_id, status, attempts,
        next_try_at, written_at, is_shown_to_person, expires_at)
    SELECT gen_random_uuid(), 'request_received', 'en', 'R-' || n, 'noor@customer.example', '', '', false, 'Subject', '[]', '', n || '@x.example',
        CASE WHEN n %% 10000 = 0 THEN 'UNKNOWN' WHEN n %% 10000 = 1 THEN 'HELD' ELSE 'SENT' END, 1, now(), now() - n * interval '1 minute',
        true, now() + interval '5 years'
      FROM generate_series(1, %s) AS n
"""
#: One row, so often that half of them are closed.
REQUESTS = """
    INSERT INTO rights_requests_rightsrequest
    SELECT made.*
      FROM rights_requests_rightsrequest AS one, generate_series(1, %s) AS n, jsonb_populate_record(one, jsonb_build_object(
        'id', gen_random_uuid(), 'reference', 'R-' || lpad(n::text, 6, '0'), 'received_at', now() - n * interval '1 minute',
        'status', CASE WHEN n %% 2 = 0 THEN 'IN_REVIEW' ELSE 'ANSWERED' END, 'closed_at', CASE WHEN n %% 2 = 1 THEN now() END)) AS made
"""


def fill(statement: str, table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [ROWS])
    with closing(connect(settings.ENVIRONMENT.owner_url)) as owner:
        owner.autocommit = True
        owner.cursor().execute(f"VACUUM ANALYZE {table}")


def test_letters_that_wait_for_a_person_are_found_and_counted_by_their_index():
    fill(LETTERS, "letters_letter")
    waiting = Letter.objects.for_the_desk().to_settle()

    assert waiting.count() == ROWS // 10_000 * 2
    for plan in (waiting.defer("body", "sealed")[:100].explain(), waiting.order_by().values("status").explain()):
        assert "letters_letter_settle" in plan
        assert "Seq Scan" not in plan


def test_the_queue_by_day_of_receipt_is_read_in_the_order_of_its_index():
    make_case(email="noor@customer.example")
    fill(REQUESTS, "rights_requests_rightsrequest")

    for state, sort in product(["", selectors.CLOSED], ["received", "-received"]):
        plan = selectors.queue(state=state, sort=sort, today=date(2026, 3, 2))[:30].explain()
        assert "rights_requests_received" in plan
        assert "Sort" not in plan
        assert "Seq Scan on rights_requests_rightsrequest" not in plan

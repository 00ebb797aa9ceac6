from __future__ import annotations

from typing import ClassVar

from django.db import migrations

# A restriction ends with the letter that told of it (Art. 18(3)). Where a restore lost that letter, the event of the replay stands for it.
LIFTING = """
CREATE FUNCTION rights_requests_lifting_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM public.letters_letter AS letter
         WHERE letter.id = NEW.lifting_letter AND letter.event = 'restriction_lifting'
           AND letter.status = 'SENT' AND letter.sent_at <= NEW.told_at
    ) AND NOT EXISTS (
        SELECT FROM public.audit_event AS event
         WHERE event.about = 'subjects.subject:' || NEW.subject_id AND event.action = 'order.ended_again'
           AND event.details ->> 'row' = NEW.id::text
    ) THEN
        RAISE EXCEPTION 'A restriction ends after the person was told by letter: % is refused on %.', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'raise_exception';
    END IF;
    RETURN NEW;
END
$$
"""

LIFTING_TRIGGER = """
CREATE TRIGGER rights_requests_lifting_guard_row BEFORE UPDATE ON subjects_restriction
    FOR EACH ROW WHEN (OLD.lifted_at IS NULL AND NEW.lifted_at IS NOT NULL)
    EXECUTE FUNCTION rights_requests_lifting_guard()
"""

PREPARED = """
    IF (NEW.request_id, NEW.prepared_by_id, NEW.prepared_at, NEW.parts, NEW.digest)
        IS DISTINCT FROM (OLD.request_id, OLD.prepared_by_id, OLD.prepared_at, OLD.parts, OLD.digest) THEN
        RAISE EXCEPTION 'What was prepared for approval never changes: % is refused on %.', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'raise_exception';
    END IF;
    IF OLD.approved_by_id IS NOT NULL AND NEW.approved_by_id IS DISTINCT FROM OLD.approved_by_id
        OR OLD.approved_at IS NOT NULL AND NEW.approved_at IS DISTINCT FROM OLD.approved_at THEN
        RAISE EXCEPTION 'An approval is given once: % is refused on %.', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'raise_exception';
    END IF;
"""

# The person was told of the day: it comes after the approval, and neither sooner nor later than was said.
DAY = """
    IF NEW.carry_out_at IS DISTINCT FROM OLD.carry_out_at
        AND (OLD.carry_out_at IS NOT NULL OR NEW.approved_at IS NULL OR NEW.carry_out_at < NEW.approved_at) THEN
        RAISE EXCEPTION 'The day of an erasure is set once, after its approval: % is refused on %.', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'raise_exception';
    END IF;
"""


def preview_guard(rules: str) -> str:
    return f"""
CREATE OR REPLACE FUNCTION rights_requests_preview_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
{rules}
    RETURN NEW;
END
$$
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("rights_requests", "0022_tasks_to_do"),
        ("subjects", "0009_what_stands_stays"),
        ("letters", "0005_letters_given_up"),
        ("audit", "0002_guard"),
    ]

    operations: ClassVar = [
        migrations.RunSQL(LIFTING, "DROP FUNCTION rights_requests_lifting_guard()"),
        migrations.RunSQL(LIFTING_TRIGGER, "DROP TRIGGER rights_requests_lifting_guard_row ON subjects_restriction"),
        migrations.RunSQL(preview_guard(PREPARED + DAY), preview_guard(PREPARED)),
    ]

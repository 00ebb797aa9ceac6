from typing import ClassVar
from uuid import uuid4

from django.contrib.postgres.functions import RandomUUID
from django.db import migrations, models

# As before, and: once it is confirmed, the link in the letters stays what it is.
GUARD = """
CREATE OR REPLACE FUNCTION public.consent_subscription_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (NEW.id, NEW.digest, NEW.language, NEW.statement, NEW.asked_at) IS DISTINCT FROM
       (OLD.id, OLD.digest, OLD.language, OLD.statement, OLD.asked_at)
       OR (OLD.confirmed_at IS NOT NULL AND (NEW.confirmed_at{way_out_new}) IS DISTINCT FROM (OLD.confirmed_at{way_out_old}))
       OR OLD.ended_at IS NOT NULL
       OR (NEW.email IS DISTINCT FROM OLD.email AND NEW.ended_at IS NULL)
    THEN
        RAISE EXCEPTION 'A consent and its withdrawal are never rewritten.' USING ERRCODE = 'raise_exception';
    END IF;
    RETURN NEW;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("consent", "0003_a_consent_is_confirmed_anew")]

    operations: ClassVar = [
        # The database makes one for each row that stands.
        migrations.AddField("subscription", "way_out", models.UUIDField(default=uuid4, db_default=RandomUUID(), editable=False)),
        migrations.AddIndex("subscription", models.Index(fields=["way_out"], name="consent_newsletter_way_out")),
        migrations.RunSQL(
            GUARD.format(way_out_new=", NEW.way_out", way_out_old=", OLD.way_out"),
            GUARD.format(way_out_new="", way_out_old=""),
        ),
    ]

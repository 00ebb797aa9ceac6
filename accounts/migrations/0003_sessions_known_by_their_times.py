"""Sessions know since when they are and when they were last used. Those that were open know neither: they end here."""

from __future__ import annotations

from django.db import migrations, models

import audit.keys


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_corrected_contacts")]

    operations = [
        migrations.DeleteModel(name="Session"),
        migrations.CreateModel(
            name="Session",
            fields=[
                ("session_data", models.TextField(verbose_name="session data")),
                ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
                ("id", models.UUIDField(default=audit.keys.new_key, editable=False, primary_key=True, serialize=False)),
                ("session_key", models.CharField(max_length=40, unique=True, verbose_name="hash of the key")),
                ("account_id", models.UUIDField(db_index=True, null=True, verbose_name="account")),
                ("browser", models.CharField(blank=True, max_length=40, verbose_name="browser")),
                ("created_at", models.DateTimeField(db_index=True, verbose_name="since")),
                ("last_used_at", models.DateTimeField(db_index=True, verbose_name="last used")),
            ],
            options={
                "verbose_name": "session",
                "verbose_name_plural": "sessions",
                "abstract": False,
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("created_at__lte", models.F("last_used_at")), ("last_used_at__lt", models.F("expire_date"))),
                        name="accounts_session_ends",
                    )
                ],
            },
        ),
    ]

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import migrations, models

# Until now a notice kept its last step alone: where that is the telling, it is known when.
CATCH_UP = "UPDATE rights_requests_recipientnotice SET sent_at = settled_at WHERE state = 'SENT'"


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("datamap", "0003_registers"),
        ("rights_requests", "0011_attachments"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: ClassVar = [
        migrations.AddField(
            model_name="recipientnotice",
            name="sent_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="rightsrequest",
            name="paragraph",
            field=models.TextField(blank=True),
        ),
        migrations.AlterField(
            model_name="rightsrequest",
            name="erasure_ground",
            field=models.CharField(
                blank=True,
                choices=[
                    ("NOT_NECESSARY", "No longer necessary (Art. 17(1)(a))"),
                    ("CONSENT_WITHDRAWN", "Consent withdrawn (Art. 17(1)(b))"),
                    ("OBJECTION", "Objection (Art. 17(1)(c))"),
                    ("UNLAWFUL", "Processed unlawfully (Art. 17(1)(d))"),
                    ("LEGAL_DUTY", "Duty of law to erase (Art. 17(1)(e))"),
                    ("CHILD", "Service offered to a child (Art. 17(1)(f))"),
                ],
                max_length=17,
            ),
        ),
        migrations.AlterField(
            model_name="rightsrequest",
            name="identity_method",
            field=models.CharField(
                blank=True,
                choices=[
                    ("SIGNED_IN", "Signed in"),
                    ("MAILBOX", "Link sent to the address"),
                    ("KNOWN_CHANNEL", "Answer through a channel on file"),
                    ("DESK", "Checked by the helpdesk"),
                    ("ON_FILE", "Confirmed address of the same account"),
                    ("RESTORED", "Recognised after a restore"),
                ],
                max_length=16,
            ),
        ),
        migrations.AlterField(
            model_name="rightsrequest",
            name="restriction_ground",
            field=models.CharField(
                blank=True,
                choices=[
                    ("ACCURACY", "Accuracy contested"),
                    ("UNLAWFUL", "Unlawful, but not to be erased"),
                    ("CLAIMS", "Needed by the person for a legal claim"),
                    ("OBJECTION", "Objection being weighed"),
                ],
                max_length=9,
            ),
        ),
        migrations.RunSQL(CATCH_UP, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="recipientnotice",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("state", "SENT"), _negated=True), ("sent_at__isnull", False), _connector="OR"),
                name="rights_requests_notice_sent_at",
            ),
        ),
    ]

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("rights_requests", "0010_mails_to_sort"),
    ]

    operations = [
        migrations.AddField(
            model_name="attachment",
            name="mail",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="attachments",
                to="rights_requests.incomingmail",
            ),
        ),
        migrations.AlterField(
            model_name="attachment",
            name="content_type",
            field=models.CharField(
                choices=[
                    ("application/pdf", "PDF"),
                    ("image/png", "Picture (PNG)"),
                    ("image/jpeg", "Picture (JPEG)"),
                    ("text/plain", "Plain text"),
                ],
                max_length=40,
            ),
        ),
        migrations.AlterField(
            model_name="attachment",
            name="digest",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AlterField(
            model_name="attachment",
            name="name",
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AlterField(
            model_name="attachment",
            name="request",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="attachments",
                to="rights_requests.rightsrequest",
            ),
        ),
        migrations.AddConstraint(
            model_name="attachment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("mail__isnull", False), ("message", None), ("request", None)),
                    models.Q(("mail", None), ("request__isnull", False)),
                    _connector="OR",
                ),
                name="rights_requests_file_somewhere",
            ),
        ),
        migrations.AddConstraint(
            model_name="attachment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("destroyed_at", None), models.Q(("sealed_key", b""), _negated=True)),
                    models.Q(("destroyed_at__isnull", False), ("digest", ""), ("name", ""), ("sealed_key", b"")),
                    _connector="OR",
                ),
                name="rights_requests_file_gone_with_key",
            ),
        ),
        migrations.AddConstraint(
            model_name="attachment",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_evidence", False), ("request__isnull", False), _connector="OR"),
                name="rights_requests_evidence_of_case",
            ),
        ),
    ]

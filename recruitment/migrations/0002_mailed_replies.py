from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("recruitment", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="application",
            name="unanswered_since",
            field=models.DateTimeField(blank=True, null=True, verbose_name="wrote, and waits for an answer"),
        ),
        migrations.AddField(
            model_name="message",
            name="digest",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AlterField(
            model_name="document",
            name="kind",
            field=models.CharField(
                choices=[("CV", "Curriculum vitae"), ("LETTER", "Cover letter"), ("MAILED", "Attached to a mail")],
                max_length=8,
                verbose_name="kind",
            ),
        ),
        migrations.AddIndex(
            model_name="application",
            index=models.Index(
                condition=models.Q(("unanswered_since__isnull", False)), fields=["-received_at"], name="recruitment_app_wrote"
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                condition=models.Q(("digest", ""), _negated=True), fields=("digest",), name="recruitment_mail_once"
            ),
        ),
    ]

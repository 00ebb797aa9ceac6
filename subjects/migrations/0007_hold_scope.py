from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("subjects", "0006_home"),
    ]

    operations: ClassVar = [
        migrations.AddField(
            model_name="legalhold",
            name="field",
            field=models.CharField(blank=True, max_length=64, verbose_name="field"),
        ),
        migrations.AddField(
            model_name="legalhold",
            name="starts_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="of the time from"),
        ),
        migrations.AddField(
            model_name="legalhold",
            name="until",
            field=models.DateTimeField(blank=True, null=True, verbose_name="of the time until"),
        ),
        migrations.AlterField(
            model_name="legalhold",
            name="source",
            field=models.CharField(blank=True, max_length=64, verbose_name="category"),
        ),
        migrations.AddConstraint(
            model_name="legalhold",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("ground", ""), _negated=True), models.Q(("owner_id", ""), _negated=True)),
                name="subjects_hold_of_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="legalhold",
            constraint=models.CheckConstraint(
                condition=models.Q(("field", ""), models.Q(("source", ""), _negated=True), _connector="OR"),
                name="subjects_hold_field_of_source",
            ),
        ),
        migrations.AddConstraint(
            model_name="legalhold",
            constraint=models.CheckConstraint(condition=models.Q(("starts_at__lt", models.F("until"))), name="subjects_hold_some_time"),
        ),
    ]

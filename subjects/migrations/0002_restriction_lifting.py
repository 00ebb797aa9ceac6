from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    """Which case asked for a restriction, and which letter tells of its end: never lifted before the person was told."""

    dependencies: ClassVar = [("subjects", "0001_initial")]

    operations: ClassVar = [
        migrations.AddField("restriction", "about", models.CharField(blank=True, default="", max_length=80), preserve_default=False),
        migrations.AddField("restriction", "announced_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("restriction", "lifting_letter", models.UUIDField(blank=True, null=True)),
        migrations.AddIndex(
            "restriction",
            models.Index(condition=Q(lifted_at=None), fields=["subject"], name="subjects_restriction_standing"),
        ),
        migrations.AddIndex("restriction", models.Index(fields=["about"], name="subjects_restriction_about")),
        migrations.AddConstraint(
            "restriction",
            models.UniqueConstraint(condition=Q(lifted_at=None), fields=["subject", "ground", "about"], name="subjects_restricted_once"),
        ),
        migrations.AddConstraint(
            "restriction",
            models.CheckConstraint(
                condition=Q(lifted_at=None) | Q(told_at__isnull=False, told_at__lte=F("lifted_at")),
                name="subjects_told_before_lifting",
            ),
        ),
    ]

import datetime as dt
import re

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
from django.db import migrations, models

import audit.keys
from audit.guard import protect


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0002_guard"),
        ("hosting", "0001_customer_databases"),
    ]

    operations = [
        migrations.AlterField(
            model_name="instruction",
            name="kind",
            field=models.CharField(
                choices=[
                    ("CREATE", "Create the database"),
                    ("PASSWORD", "Set a new password"),
                    ("EXPORT", "Export a complete copy"),
                    ("DOWNLOAD", "Download the copy"),
                    ("CANCEL", "Cancel the service"),
                    ("SWITCH", "Cancel the service, to switch to another provider"),
                    ("REACTIVATE", "Reactivate the database"),
                    ("DELETE", "Delete everything"),
                    ("DELETE_CONFIRMED", "Confirm that everything is deleted"),
                    ("DELETE_CANCELLED", "Delete nothing after all"),
                    ("REPLICATE", "Keep copies in another zone too"),
                    ("REGION", "Change the region"),
                    ("REGION_ANSWERED", "Answer about the region"),
                    ("END_ACCESS", "End a colleague’s access"),
                    ("RESTORE", "Restore a backup apart"),
                    ("RESTORE_ENDED", "End a restored backup"),
                    ("ERASED", "Rows that must not come back"),
                ],
                max_length=20,
                verbose_name="instruction",
            ),
        ),
        migrations.AlterField(
            model_name="step",
            name="verb",
            field=models.CharField(
                choices=[
                    ("CREATE", "Make it"),
                    ("DEACTIVATE", "Close it to everybody"),
                    ("REACTIVATE", "Open it again"),
                    ("PASSWORD", "Set its password"),
                    ("EXPORT", "Copy it for the customer"),
                    ("OPEN_ACCESS", "Let a colleague in"),
                    ("CLOSE_ACCESS", "Shut a colleague out"),
                    ("DESTROY", "Destroy it"),
                    ("BACKUP", "Back it up"),
                    ("REPLICATE", "Put a backup into every place"),
                    ("RESTORE", "Restore a backup apart"),
                    ("CATCH_UP", "Erase from a restored backup what must not come back"),
                    ("OPEN_RESTORED", "Let somebody into a restored backup"),
                    ("DROP_RESTORED", "Drop a restored backup"),
                ],
                max_length=16,
                verbose_name="what",
            ),
        ),
        migrations.CreateModel(
            name="Backup",
            fields=[
                ("id", models.UUIDField(default=audit.keys.new_key, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(editable=False, max_length=80, unique=True)),
                ("taken_at", models.DateTimeField(verbose_name="taken at")),
                ("expires_at", models.DateTimeField(verbose_name="kept until")),
                ("size", models.PositiveBigIntegerField(verbose_name="size")),
                ("digest", models.CharField(max_length=64, verbose_name="SHA-256")),
                ("stored", models.PositiveBigIntegerField(verbose_name="size of the file")),
                ("seal", models.CharField(max_length=64, verbose_name="SHA-256 of the file")),
                ("tool", models.CharField(max_length=40, verbose_name="made with")),
                ("ledger", models.PositiveIntegerField(verbose_name="newest file of standing orders")),
                (
                    "database",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="backups", to="hosting.customerdatabase"),
                ),
            ],
            options={
                "verbose_name": "backup",
                "verbose_name_plural": "backups",
                "ordering": ["-taken_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="ErasureOrder",
            fields=[
                ("id", models.UUIDField(default=audit.keys.new_key, editable=False, primary_key=True, serialize=False)),
                (
                    "relation",
                    models.CharField(
                        max_length=130,
                        validators=[
                            django.core.validators.RegexValidator(
                                re.compile("^([A-Za-z_][A-Za-z0-9_$]{0,62}\\.)?[A-Za-z_][A-Za-z0-9_$]{0,62}\\Z")
                            )
                        ],
                        verbose_name="table",
                    ),
                ),
                (
                    "row_keys",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=36), size=None, verbose_name="keys"),
                ),
                ("erased_at", models.DateTimeField(verbose_name="named at")),
                ("expires_at", models.DateTimeField(verbose_name="kept until")),
                ("number", models.PositiveIntegerField(blank=True, editable=False, null=True)),
                (
                    "database",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="erasure_orders", to="hosting.customerdatabase"
                    ),
                ),
            ],
            options={
                "verbose_name": "rows that must not come back",
                "verbose_name_plural": "rows that must not come back",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Replica",
            fields=[
                ("id", models.UUIDField(default=audit.keys.new_key, editable=False, primary_key=True, serialize=False)),
                ("place", models.CharField(max_length=20, verbose_name="place")),
                (
                    "zone",
                    models.CharField(
                        choices=[("NL", "Netherlands"), ("FR", "France"), ("BE", "Belgium"), ("DE", "Germany"), ("IE", "Ireland")],
                        max_length=2,
                        verbose_name="zone",
                    ),
                ),
                ("expires_at", models.DateTimeField(verbose_name="kept until")),
                ("stored_at", models.DateTimeField(blank=True, null=True, verbose_name="read back at")),
                ("error", models.CharField(blank=True, max_length=40, verbose_name="what went wrong")),
                ("failed_at", models.DateTimeField(blank=True, null=True, verbose_name="since")),
                ("backup", models.ForeignKey(on_delete=django.db.models.deletion.DO_NOTHING, related_name="replicas", to="hosting.backup")),
            ],
            options={
                "verbose_name": "replica",
                "verbose_name_plural": "replicas",
                "ordering": ["place", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Restoration",
            fields=[
                ("id", models.UUIDField(default=audit.keys.new_key, editable=False, primary_key=True, serialize=False)),
                ("backup_id", models.UUIDField(verbose_name="backup")),
                ("taken_at", models.DateTimeField(verbose_name="backup taken at")),
                (
                    "ground",
                    models.CharField(
                        choices=[("CUSTOMER", "At the customer’s explicit request"), ("LAW", "As required by law")],
                        max_length=8,
                        verbose_name="ground",
                    ),
                ),
                ("instruction", models.UUIDField(blank=True, null=True, unique=True, verbose_name="instruction of the customer")),
                ("reference", models.CharField(blank=True, max_length=40, verbose_name="reference")),
                ("asked_by", models.UUIDField(verbose_name="asked by")),
                ("asked_at", models.DateTimeField(verbose_name="asked at")),
                ("staff_entity", models.CharField(max_length=64, verbose_name="Oxygis entity")),
                ("staff_country", models.CharField(max_length=2, verbose_name="country of work")),
                ("approved_by", models.UUIDField(blank=True, null=True, verbose_name="approved by")),
                ("approved_at", models.DateTimeField(blank=True, null=True, verbose_name="approved at")),
                ("ends_at", models.DateTimeField(blank=True, null=True, verbose_name="ends at")),
                ("restored_at", models.DateTimeField(blank=True, null=True, verbose_name="restored at")),
                ("served_at", models.DateTimeField(blank=True, null=True, verbose_name="open since")),
                ("ledger", models.PositiveIntegerField(blank=True, null=True, verbose_name="caught up to file")),
                ("rows_erased", models.PositiveBigIntegerField(default=0, verbose_name="rows erased again")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended at")),
                (
                    "ended_by",
                    models.CharField(
                        blank=True,
                        choices=[("TIME", "Its time was over"), ("STAFF", "Staff"), ("CUSTOMER", "The customer")],
                        max_length=8,
                        verbose_name="ended by",
                    ),
                ),
                ("name", models.CharField(editable=False, max_length=40, unique=True, verbose_name="name on the server")),
                (
                    "database",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="restorations", to="hosting.customerdatabase"
                    ),
                ),
            ],
            options={
                "verbose_name": "restored backup",
                "verbose_name_plural": "restored backups",
                "ordering": ["-pk"],
            },
        ),
        migrations.AddIndex(
            model_name="backup",
            index=models.Index(fields=["expires_at"], name="hosting_backup_expires"),
        ),
        migrations.AddConstraint(
            model_name="backup",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("expires_at__gt", models.F("taken_at")),
                    (
                        "expires_at__lte",
                        models.Func(
                            models.Value("UTC", output_field=models.CharField()),
                            models.ExpressionWrapper(
                                django.db.models.expressions.CombinedExpression(
                                    models.Func(
                                        models.Value("UTC", output_field=models.CharField()),
                                        models.F("taken_at"),
                                        function="timezone",
                                        output_field=models.DateTimeField(),
                                    ),
                                    "+",
                                    django.db.models.functions.comparison.Cast(
                                        models.Value("12 months", output_field=models.CharField()), models.DurationField()
                                    ),
                                ),
                                output_field=models.DateTimeField(),
                            ),
                            function="timezone",
                            output_field=models.DateTimeField(),
                        ),
                    ),
                ),
                name="hosting_backup_twelve_months",
            ),
        ),
        migrations.AddIndex(
            model_name="replica",
            index=models.Index(fields=["expires_at"], name="hosting_replica_expires"),
        ),
        migrations.AddConstraint(
            model_name="replica",
            constraint=models.UniqueConstraint(fields=("backup", "place"), name="hosting_replica_once"),
        ),
        migrations.AddConstraint(
            model_name="restoration",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ground", "CUSTOMER"), ("instruction__isnull", False)),
                    models.Q(("ground", "LAW"), ("instruction", None), models.Q(("reference", ""), _negated=True)),
                    _connector="OR",
                ),
                name="hosting_restoration_has_a_ground",
            ),
        ),
        migrations.AddConstraint(
            model_name="restoration",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("approved_at", None), ("approved_by", None), ("ends_at", None), ("restored_at", None), ("served_at", None)),
                    models.Q(
                        ("approved_at__isnull", False),
                        ("approved_by__isnull", False),
                        ("ends_at__isnull", False),
                        models.Q(("approved_by", models.F("asked_by")), _negated=True),
                        ("ends_at__gt", models.F("approved_at")),
                        (
                            "ends_at__lte",
                            django.db.models.expressions.CombinedExpression(
                                models.F("approved_at"), "+", models.Value(dt.timedelta(days=14))
                            ),
                        ),
                    ),
                    _connector="OR",
                ),
                name="hosting_restoration_two_persons",
            ),
        ),
        migrations.AddConstraint(
            model_name="restoration",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("served_at", None),
                    models.Q(("ledger__isnull", False), ("restored_at__isnull", False), ("restored_at__lte", models.F("served_at"))),
                    _connector="OR",
                ),
                name="hosting_restoration_serves_caught_up",
            ),
        ),
        protect("hosting_backup"),
    ]

import csv
from datetime import date
from pathlib import Path

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import audit.keys

REGISTER = Path(__file__).resolve().parent.parent / "processors.csv"
ADEQUACY = Path(__file__).resolve().parent.parent / "adequacy.csv"
LISTS = ("services", "our_roles", "fields", "countries")

# What binds a processor is evidence: it may end early, once, and is otherwise never rewritten. A notice is prepared, then published or
# withdrawn, then takes effect. Who works on customers' data begins after its notice. Who takes payments is attested today, or works for us
# no more; this is asked at the end of a transaction, since papers come after their processor.
FUNCTIONS = """
SET CONSTRAINTS ALL IMMEDIATE;
CREATE FUNCTION datamap_paper_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF LEAST(COALESCE(OLD.valid_until, (now() AT TIME ZONE 'Europe/Brussels')::date), COALESCE(OLD.ended_on, (now() AT TIME ZONE 'Europe/Brussels')::date)) > (now() AT TIME ZONE 'Europe/Brussels')::date - interval '6 years' THEN
            RAISE EXCEPTION 'Papers of processors are kept for six years after their end: %.', OLD.id USING ERRCODE = 'raise_exception';
        END IF;
        RETURN OLD;
    END IF;
    IF OLD.ended_on IS NOT NULL
        OR (NEW.id, NEW.processor_id, NEW.kind, NEW.reference, NEW.valid_from, NEW.valid_until, NEW.link, NEW.added_at)
           IS DISTINCT FROM
           (OLD.id, OLD.processor_id, OLD.kind, OLD.reference, OLD.valid_from, OLD.valid_until, OLD.link, OLD.added_at) THEN
        RAISE EXCEPTION 'A paper of a processor is not rewritten: %.', OLD.id USING ERRCODE = 'raise_exception';
    END IF;
    RETURN NEW;
END
$$;
CREATE FUNCTION datamap_notice_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.prepared_at > statement_timestamp() - interval '6 years' THEN
            RAISE EXCEPTION 'Notices of changes are kept for six years: %.', OLD.id USING ERRCODE = 'raise_exception';
        END IF;
        RETURN OLD;
    END IF;
    IF TG_OP = 'INSERT' AND (NEW.published_at IS NOT NULL OR NEW.withdrawn_at IS NOT NULL) THEN
        RAISE EXCEPTION 'A notice is prepared first, and published later.' USING ERRCODE = 'raise_exception';
    END IF;
    IF TG_OP = 'UPDATE' AND (OLD.withdrawn_at IS NOT NULL OR OLD.done_at IS NOT NULL
        OR (NEW.id, NEW.kind, NEW.processor_id, NEW.replaces_id, NEW.country, NEW.prepared_by, NEW.prepared_at)
           IS DISTINCT FROM
           (OLD.id, OLD.kind, OLD.processor_id, OLD.replaces_id, OLD.country, OLD.prepared_by, OLD.prepared_at)
        OR (OLD.published_at IS NOT NULL AND (NEW.published_at, NEW.published_by, NEW.objects_until, NEW.effective_on)
           IS DISTINCT FROM (OLD.published_at, OLD.published_by, OLD.objects_until, OLD.effective_on))) THEN
        RAISE EXCEPTION 'A notice of a change is not rewritten: %.', OLD.id USING ERRCODE = 'raise_exception';
    END IF;
    RETURN NEW;
END
$$;
CREATE FUNCTION datamap_processor_start() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.since IS NOT NULL AND 'PROCESSOR' = ANY (NEW.our_roles)
        AND (TG_OP = 'INSERT' OR NEW.since IS DISTINCT FROM OLD.since OR NOT 'PROCESSOR' = ANY (OLD.our_roles))
        AND NOT EXISTS (SELECT FROM public.datamap_notice n
                         WHERE n.processor_id = NEW.code AND n.kind IN ('ADD', 'REPLACE')
                           AND n.published_at IS NOT NULL AND n.withdrawn_at IS NULL AND n.effective_on <= NEW.since) THEN
        RAISE EXCEPTION 'Customers are told before % works on their data.', NEW.code USING ERRCODE = 'raise_exception';
    END IF;
    RETURN NEW;
END
$$;
CREATE FUNCTION datamap_payment_attested() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM public.datamap_processor p
                WHERE p.code = NEW.code AND 'PAYMENT' = ANY (p.services) AND (p.until IS NULL OR p.until >= (now() AT TIME ZONE 'Europe/Brussels')::date)
                  AND NOT EXISTS (SELECT FROM public.datamap_paper a
                                   WHERE a.processor_id = p.code AND a.kind = 'PCI_DSS' AND a.valid_from <= (now() AT TIME ZONE 'Europe/Brussels')::date
                                     AND (a.valid_until IS NULL OR a.valid_until >= (now() AT TIME ZONE 'Europe/Brussels')::date)
                                     AND (a.ended_on IS NULL OR a.ended_on > (now() AT TIME ZONE 'Europe/Brussels')::date))) THEN
        RAISE EXCEPTION 'A payment processor has an attestation of PCI-DSS compliance: %.', NEW.code USING ERRCODE = 'raise_exception';
    END IF;
    RETURN NULL;
END
$$;
"""
TRIGGERS = """
CREATE TRIGGER datamap_paper_guard_row BEFORE UPDATE OR DELETE ON datamap_paper
    FOR EACH ROW EXECUTE FUNCTION datamap_paper_guard();
CREATE TRIGGER datamap_notice_guard_row BEFORE INSERT OR UPDATE OR DELETE ON datamap_notice
    FOR EACH ROW EXECUTE FUNCTION datamap_notice_guard();
CREATE TRIGGER datamap_processor_start_row BEFORE INSERT OR UPDATE ON datamap_processor
    FOR EACH ROW EXECUTE FUNCTION datamap_processor_start();
CREATE CONSTRAINT TRIGGER datamap_payment_attested_row AFTER INSERT OR UPDATE ON datamap_processor
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION datamap_payment_attested();
"""
WITHOUT = """
DROP TRIGGER datamap_paper_guard_row ON datamap_paper;
DROP TRIGGER datamap_notice_guard_row ON datamap_notice;
DROP TRIGGER datamap_processor_start_row ON datamap_processor;
DROP TRIGGER datamap_payment_attested_row ON datamap_processor;
DROP FUNCTION datamap_paper_guard();
DROP FUNCTION datamap_notice_guard();
DROP FUNCTION datamap_processor_start();
DROP FUNCTION datamap_payment_attested();
"""


def fill(apps, schema_editor):
    """The first register says more of its processors now; a draft is one that nobody has attested yet. Links typed over stay."""
    processor = apps.get_model("datamap", "Processor")
    with REGISTER.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    for row in rows:
        lists = {name: row.pop(name).split() for name in LISTS}
        subs, since = row.pop("sub_processors").split(), row.pop("since")
        new = {**lists, "since": date.fromisoformat(since) if since else None}
        found, is_new = processor.objects.get_or_create(code=row.pop("code"), defaults={**row, **new})
        if not is_new:
            kept = {name: value for name, value in {**new, "privacy_url": row["privacy_url"]}.items() if not getattr(found, name)}
            processor.objects.filter(pk=found.pk).update(**kept)
        found.sub_processors.add(*subs)


def decide(apps, schema_editor):
    """The decisions of the Commission in force, each with its day."""
    decision = apps.get_model("datamap", "AdequacyDecision")
    with ADEQUACY.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            decision.objects.create(
                country=row["country"],
                decision=row["decision"],
                is_partial=bool(row["is_partial"]),
                valid_from=date.fromisoformat(row["valid_from"]),
                valid_until=date.fromisoformat(row["valid_until"]) if row["valid_until"] else None,
                is_confirmed=bool(row["is_confirmed"]),
            )


class Migration(migrations.Migration):
    dependencies = [
        ("datamap", "0006_what_a_text_was_filled_from"),
    ]

    operations = [
        migrations.CreateModel(
            name="AdequacyDecision",
            fields=[
                ("id", models.UUIDField(default=audit.keys.new_key, editable=False, primary_key=True, serialize=False)),
                (
                    "country",
                    models.CharField(
                        max_length=2, validators=[django.core.validators.RegexValidator("\\A[A-Z]{2}\\Z")], verbose_name="country"
                    ),
                ),
                ("decision", models.CharField(max_length=120, verbose_name="decision")),
                ("is_partial", models.BooleanField(default=False, verbose_name="only for those with a paper")),
                ("valid_from", models.DateField(verbose_name="valid from")),
                ("valid_until", models.DateField(blank=True, null=True, verbose_name="valid until")),
                ("is_confirmed", models.BooleanField(default=False, verbose_name="confirmed")),
            ],
            options={
                "verbose_name": "adequacy decision",
                "verbose_name_plural": "adequacy decisions",
                "ordering": ["country", "-valid_from"],
            },
        ),
        migrations.CreateModel(
            name="NoProvider",
            fields=[
                ("id", models.UUIDField(default=audit.keys.new_key, editable=False, primary_key=True, serialize=False)),
                (
                    "service",
                    models.CharField(
                        choices=[
                            ("PAYMENT", "Payment"),
                            ("AUDIENCE", "Audience measurement"),
                            ("HOSTING", "Cloud hosting"),
                            ("MARKETING", "Marketing and communication"),
                            ("PROTECTION", "Protection of the website"),
                            ("SUPPORT", "Support and local services"),
                            ("EVENTS", "Events"),
                        ],
                        max_length=12,
                        verbose_name="service",
                    ),
                ),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                ("since", models.DateField(verbose_name="since")),
                ("until", models.DateField(blank=True, null=True, verbose_name="until")),
            ],
            options={
                "verbose_name": "service that nobody provides",
                "verbose_name_plural": "services that nobody provides",
                "ordering": ["service", "-since"],
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.UUIDField(default=audit.keys.new_key, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("ADD", "A new processor"),
                            ("REPLACE", "A processor in the place of another"),
                            ("TRANSFER", "Data in a country without a framework of protection"),
                        ],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                (
                    "country",
                    models.CharField(
                        blank=True,
                        max_length=2,
                        validators=[django.core.validators.RegexValidator("\\A[A-Z]{2}\\Z")],
                        verbose_name="country",
                    ),
                ),
                ("prepared_by", models.CharField(max_length=64, verbose_name="prepared by")),
                ("prepared_at", models.DateTimeField(verbose_name="prepared")),
                ("published_by", models.CharField(blank=True, max_length=64, verbose_name="published by")),
                ("published_at", models.DateTimeField(blank=True, null=True, verbose_name="published")),
                ("objects_until", models.DateField(blank=True, null=True, verbose_name="objections until")),
                ("effective_on", models.DateField(blank=True, null=True, verbose_name="takes effect on")),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="withdrawn")),
                ("done_at", models.DateTimeField(blank=True, null=True, verbose_name="took effect")),
            ],
            options={
                "verbose_name": "notice of a change",
                "verbose_name_plural": "notices of changes",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Paper",
            fields=[
                ("id", models.UUIDField(default=audit.keys.new_key, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("CONTRACT", "Contract on data processing"),
                            ("CERTIFICATE", "Certificate"),
                            ("PCI_DSS", "Attestation of PCI-DSS compliance"),
                            ("CLAUSES", "Standard contractual clauses"),
                            ("FRAMEWORK", "Certification under an adequacy decision"),
                        ],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                ("reference", models.CharField(max_length=120, verbose_name="reference")),
                ("valid_from", models.DateField(verbose_name="valid from")),
                ("valid_until", models.DateField(blank=True, null=True, verbose_name="valid until")),
                ("link", models.URLField(blank=True, verbose_name="link")),
                ("added_at", models.DateTimeField(verbose_name="added")),
                ("ended_on", models.DateField(blank=True, null=True, verbose_name="ended early on")),
            ],
            options={
                "verbose_name": "paper of a processor",
                "verbose_name_plural": "papers of processors",
                "ordering": ["kind", "-valid_from", "reference"],
            },
        ),
        migrations.CreateModel(
            name="Subsidiary",
            fields=[
                ("id", models.UUIDField(default=audit.keys.new_key, editable=False, primary_key=True, serialize=False)),
                ("entity", models.CharField(max_length=64, verbose_name="Oxygis entity")),
                (
                    "country",
                    models.CharField(
                        max_length=2, validators=[django.core.validators.RegexValidator("^[A-Z]{2}$")], verbose_name="country"
                    ),
                ),
                ("clauses_module", models.CharField(blank=True, max_length=40, verbose_name="module of the clauses")),
                ("clauses_signed_on", models.DateField(blank=True, null=True, verbose_name="clauses signed on")),
                ("clauses_valid_until", models.DateField(blank=True, null=True, verbose_name="clauses valid until")),
                ("assessed_on", models.DateField(blank=True, null=True, verbose_name="transfer assessed on")),
            ],
            options={
                "verbose_name": "subsidiary",
                "verbose_name_plural": "subsidiaries",
                "ordering": ["entity", "country"],
            },
        ),
        migrations.AddField(
            model_name="processor",
            name="countries",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=2, validators=[django.core.validators.RegexValidator("\\A[A-Z]{2}\\Z")]),
                blank=True,
                default=list,
                size=None,
                verbose_name="countries of processing",
            ),
        ),
        migrations.AddField(
            model_name="processor",
            name="fields",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=64), blank=True, default=list, size=None, verbose_name="fields that may be passed on"
            ),
        ),
        migrations.AddField(
            model_name="processor",
            name="our_roles",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(choices=[("CONTROLLER", "Controller"), ("PROCESSOR", "Processor")], max_length=12),
                blank=True,
                default=list,
                size=None,
                verbose_name="our role in what it gets",
            ),
        ),
        migrations.AddField(
            model_name="processor",
            name="privacy_url",
            field=models.URLField(blank=True, verbose_name="privacy policy"),
        ),
        migrations.AddField(
            model_name="processor",
            name="services",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("PAYMENT", "Payment"),
                        ("AUDIENCE", "Audience measurement"),
                        ("HOSTING", "Cloud hosting"),
                        ("MARKETING", "Marketing and communication"),
                        ("PROTECTION", "Protection of the website"),
                        ("SUPPORT", "Support and local services"),
                        ("EVENTS", "Events"),
                    ],
                    max_length=12,
                ),
                blank=True,
                default=list,
                size=None,
                verbose_name="services",
            ),
        ),
        migrations.AddField(
            model_name="processor",
            name="sub_processors",
            field=models.ManyToManyField(blank=True, related_name="used_by", to="datamap.processor", verbose_name="sub-processors"),
        ),
        migrations.AlterField(
            model_name="processor",
            name="code",
            field=models.SlugField(max_length=40, primary_key=True, serialize=False, verbose_name="code"),
        ),
        migrations.AlterField(
            model_name="processor",
            name="name",
            field=models.CharField(max_length=120, verbose_name="name"),
        ),
        migrations.AlterField(
            model_name="processor",
            name="objective",
            field=models.CharField(max_length=300, verbose_name="objective"),
        ),
        migrations.AlterField(
            model_name="processor",
            name="region",
            field=models.CharField(max_length=120, verbose_name="region"),
        ),
        migrations.AlterField(
            model_name="processor",
            name="role",
            field=models.CharField(choices=[("CONTROLLER", "Controller"), ("PROCESSOR", "Processor")], max_length=12, verbose_name="role"),
        ),
        migrations.AlterField(
            model_name="processor",
            name="safeguard",
            field=models.CharField(blank=True, max_length=300, verbose_name="safeguard"),
        ),
        migrations.AlterField(
            model_name="processor",
            name="shared_data",
            field=models.CharField(max_length=500, verbose_name="shared data"),
        ),
        migrations.AlterField(
            model_name="processor",
            name="since",
            field=models.DateField(blank=True, null=True, verbose_name="works for us since"),
        ),
        migrations.AlterField(
            model_name="processor",
            name="terms_url",
            field=models.URLField(blank=True, verbose_name="terms of use"),
        ),
        migrations.AlterField(
            model_name="processor",
            name="until",
            field=models.DateField(blank=True, null=True, verbose_name="until"),
        ),
        migrations.AddConstraint(
            model_name="processor",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("services__contained_by", ["PAYMENT", "AUDIENCE", "HOSTING", "MARKETING", "PROTECTION", "SUPPORT", "EVENTS"])
                ),
                name="datamap_processor_services",
            ),
        ),
        migrations.AddConstraint(
            model_name="processor",
            constraint=models.CheckConstraint(
                condition=models.Q(("our_roles__contained_by", ["CONTROLLER", "PROCESSOR"])), name="datamap_processor_roles"
            ),
        ),
        migrations.AddConstraint(
            model_name="processor",
            constraint=models.CheckConstraint(
                condition=models.Q(("until", None), ("since", None), ("until__gte", models.F("since")), _connector="OR"),
                name="datamap_processor_days",
            ),
        ),
        migrations.AddConstraint(
            model_name="adequacydecision",
            constraint=models.UniqueConstraint(fields=("country", "valid_from"), name="datamap_adequacy_once"),
        ),
        migrations.AddConstraint(
            model_name="noprovider",
            constraint=models.UniqueConstraint(condition=models.Q(("until", None)), fields=("service",), name="datamap_noprovider_once"),
        ),
        migrations.AddConstraint(
            model_name="noprovider",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reason", ""), _negated=True),
                    ("service__in", ["PAYMENT", "AUDIENCE", "HOSTING", "MARKETING", "PROTECTION", "SUPPORT", "EVENTS"]),
                ),
                name="datamap_noprovider_said",
            ),
        ),
        migrations.AddField(
            model_name="notice",
            name="processor",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="notices", to="datamap.processor", verbose_name="processor"
            ),
        ),
        migrations.AddField(
            model_name="notice",
            name="replaces",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="replaced_by",
                to="datamap.processor",
                verbose_name="in the place of",
            ),
        ),
        migrations.AddField(
            model_name="paper",
            name="processor",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="papers", to="datamap.processor", verbose_name="processor"
            ),
        ),
        migrations.AddConstraint(
            model_name="subsidiary",
            constraint=models.UniqueConstraint(fields=("entity", "country"), name="datamap_subsidiary_once"),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("done_at", None), ("withdrawn_at", None)),
                fields=("processor", "kind", "country"),
                name="datamap_notice_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(condition=models.Q(("prepared_by", ""), _negated=True), name="datamap_notice_prepared"),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(("published_by", models.F("prepared_by")), _negated=True), name="datamap_notice_four_eyes"
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("done_at", None),
                        ("effective_on__isnull", True),
                        ("objects_until__isnull", True),
                        ("published_at__isnull", True),
                        ("published_by", ""),
                    ),
                    models.Q(
                        ("effective_on__gt", models.F("objects_until")),
                        ("effective_on__isnull", False),
                        ("objects_until__isnull", False),
                        ("published_at__isnull", False),
                        models.Q(("published_by", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="datamap_notice_published",
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(("withdrawn_at", None), ("done_at", None), _connector="OR"), name="datamap_notice_one_end"
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("country", ""), ("kind", "ADD"), ("replaces__isnull", True)),
                    models.Q(("country", ""), ("kind", "REPLACE"), ("replaces__isnull", False)),
                    models.Q(("kind", "TRANSFER"), ("replaces__isnull", True), models.Q(("country", ""), _negated=True)),
                    _connector="OR",
                ),
                name="datamap_notice_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="paper",
            constraint=models.UniqueConstraint(fields=("processor", "kind", "reference", "valid_from"), name="datamap_paper_once"),
        ),
        migrations.AddConstraint(
            model_name="paper",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reference", ""), _negated=True), ("kind__in", ["CONTRACT", "CERTIFICATE", "PCI_DSS", "CLAUSES", "FRAMEWORK"])
                ),
                name="datamap_paper_said",
            ),
        ),
        migrations.AddConstraint(
            model_name="paper",
            constraint=models.CheckConstraint(
                condition=models.Q(("valid_until", None), ("valid_until__gte", models.F("valid_from")), _connector="OR"),
                name="datamap_paper_days",
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunPython(decide, migrations.RunPython.noop),
        migrations.RunSQL(FUNCTIONS, migrations.RunSQL.noop),
        migrations.RunSQL(TRIGGERS, WITHOUT),
    ]

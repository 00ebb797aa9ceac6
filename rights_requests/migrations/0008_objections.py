import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import audit.keys

# An objection to direct marketing, or a consent taken back, has one ending: it is done. Nobody makes another case of it, gives
# it another ending, opens it again, or takes it away before it is done.
FUNCTION = """
CREATE FUNCTION rights_requests_absolute_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.is_absolute AND OLD.closed_at IS NULL THEN
            RAISE EXCEPTION 'An objection to direct marketing is carried out, not taken away: % is refused on %.', TG_OP, TG_TABLE_NAME
                USING ERRCODE = 'raise_exception';
        END IF;
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.is_absolute AND (
        (NEW.is_absolute, NEW."right", NEW.purposes) IS DISTINCT FROM (OLD.is_absolute, OLD."right", OLD.purposes)
        OR (OLD.closed_at IS NOT NULL AND (NEW.status, NEW.outcome) IS DISTINCT FROM (OLD.status, OLD.outcome))
    ) THEN
        RAISE EXCEPTION 'An objection to direct marketing stays what it is: % is refused on %.', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'raise_exception';
    END IF;
    IF NEW.is_absolute AND (NEW.status NOT IN ('AWAITING_IDENTITY', 'ANSWERED') OR NEW.outcome NOT IN ('', 'COMPLETE')) THEN
        RAISE EXCEPTION 'An objection to direct marketing has one ending: % is refused on %.', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'raise_exception';
    END IF;
    RETURN NEW;
END
$$
"""

TRIGGER = """
CREATE TRIGGER rights_requests_rightsrequest_absolute_guard
    BEFORE INSERT OR UPDATE OR DELETE ON rights_requests_rightsrequest
    FOR EACH ROW EXECUTE FUNCTION rights_requests_absolute_guard()
"""
DROP_TRIGGER = "DROP TRIGGER rights_requests_rightsrequest_absolute_guard ON rights_requests_rightsrequest"


class Migration(migrations.Migration):
    dependencies = [
        ("datamap", "0003_registers"),
        ("rights_requests", "0007_overdue_data"),
        ("subjects", "0003_suppression"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Weighing",
            fields=[
                ("id", models.UUIDField(default=audit.keys.new_key, editable=False, primary_key=True, serialize=False)),
                ("purpose", models.CharField(max_length=40)),
                ("is_upheld", models.BooleanField()),
                (
                    "ground",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("ID_NOT_PROVEN", "Identity not shown (Art. 12(2), 12(6))"),
                            ("UNFOUNDED", "Manifestly unfounded (Art. 12(5))"),
                            ("EXCESSIVE_REPEAT", "Excessive: repeated (Art. 12(5))"),
                            ("EXCESSIVE_ABUSE", "Excessive: abusive intent (Art. 12(5))"),
                            ("THIRD_PARTY_RIGHTS", "Rights of others (Art. 15(4))"),
                            ("ACCURATE", "Accurate as it is (Art. 16)"),
                            ("NO_ERASURE_GROUND", "No ground for erasure (Art. 17(1))"),
                            ("LEGAL_OBLIGATION", "Duty of law (Art. 17(3)(b))"),
                            ("LEGAL_CLAIMS", "Legal claims (Art. 17(3)(e))"),
                            ("FREEDOM_EXPRESSION", "Freedom of expression and information (Art. 17(3)(a))"),
                            ("PUBLIC_HEALTH", "Public health (Art. 17(3)(c))"),
                            ("ARCHIVE_RESEARCH", "Archiving or research (Art. 17(3)(d))"),
                            ("NO_RESTRICTION_GROUND", "No ground for restriction (Art. 18(1))"),
                            ("NOT_PORTABLE_BASIS", "Neither consent nor contract (Art. 20(1)(a))"),
                            ("NOT_AUTOMATED", "Not processed by automated means (Art. 20(1)(b))"),
                            ("NOT_PROVIDED", "Not provided by the person (Art. 20(1))"),
                            ("COMPELLING_GROUNDS", "Compelling legitimate grounds (Art. 21(1))"),
                            ("NOT_CONTROLLER", "Another controller decides"),
                            ("MEMBER_STATE_RESTRICTION", "Restriction by national law (Art. 23)"),
                        ],
                        max_length=28,
                    ),
                ),
                ("reason", models.TextField(blank=True)),
                ("at", models.DateTimeField()),
            ],
            options={
                "ordering": ["purpose"],
            },
        ),
        migrations.AddConstraint(
            model_name="rightsrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_absolute", True),
                    models.Q(("right", "OBJECTION"), _negated=True),
                    models.Q(("purposes__contains", "marketing"), ("purposes__contains", "newsletter"), _connector="OR", _negated=True),
                    _connector="OR",
                ),
                name="rights_requests_marketing_is_absolute",
            ),
        ),
        migrations.AddConstraint(
            model_name="rightsrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_absolute", False), models.Q(("purposes", []), _negated=True), _connector="OR"),
                name="rights_requests_absolute_named",
            ),
        ),
        migrations.AddField(
            model_name="weighing",
            name="by",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name="weighing",
            name="request",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="weighings", to="rights_requests.rightsrequest"
            ),
        ),
        migrations.AddConstraint(
            model_name="weighing",
            constraint=models.UniqueConstraint(fields=("request", "purpose"), name="rights_requests_weighed_once"),
        ),
        migrations.AddConstraint(
            model_name="weighing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_upheld", True),
                    models.Q(("ground__in", ["COMPELLING_GROUNDS", "LEGAL_CLAIMS"]), models.Q(("reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="rights_requests_goes_on_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="weighing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_upheld", True), models.Q(("purpose__in", ("marketing", "newsletter")), _negated=True), _connector="OR"
                ),
                name="rights_requests_never_weighed",
            ),
        ),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION rights_requests_absolute_guard()"),
        migrations.RunSQL(TRIGGER, DROP_TRIGGER),
    ]

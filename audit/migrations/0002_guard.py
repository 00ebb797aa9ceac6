from django.db import migrations

from audit.guard import FUNCTION, protect


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION oxyprivacy_guard()"),
        protect("audit_event"),
        protect("audit_seal"),
        protect("audit_leaf"),
    ]

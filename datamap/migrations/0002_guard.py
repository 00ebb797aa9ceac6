from django.db import migrations

from audit.guard import protect


class Migration(migrations.Migration):
    dependencies = [("datamap", "0001_initial"), ("audit", "0002_guard")]

    operations = [protect("datamap_policyversion")]

from django.db import migrations

FIELDS = ("id", "entity", "country", "clauses_module", "clauses_signed_on", "clauses_valid_until", "assessed_on")


def move(apps, schema_editor):
    """The entities of the group stand in the register of datamap, beside the processors."""
    new = apps.get_model("datamap", "Subsidiary")
    new.objects.bulk_create(new(**row) for row in apps.get_model("hosting", "Subsidiary").objects.values(*FIELDS))


def move_back(apps, schema_editor):
    old = apps.get_model("hosting", "Subsidiary")
    old.objects.bulk_create(old(**row) for row in apps.get_model("datamap", "Subsidiary").objects.values(*FIELDS))


class Migration(migrations.Migration):
    dependencies = [("hosting", "0002_backups"), ("datamap", "0007_processors_papers")]

    operations = [migrations.RunPython(move, move_back), migrations.DeleteModel(name="Subsidiary")]

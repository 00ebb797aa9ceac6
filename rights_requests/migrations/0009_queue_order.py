from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rights_requests", "0008_objections")]

    operations = [
        migrations.AddIndex(
            model_name="rightsrequest",
            index=models.Index(fields=["received_at", "reference"], name="rights_requests_received"),
        ),
    ]

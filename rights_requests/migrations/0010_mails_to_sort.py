from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rights_requests", "0009_queue_order")]

    operations = [
        migrations.AddIndex(
            model_name="incomingmail",
            index=models.Index(condition=models.Q(("state", "UNSORTED")), fields=["received_at"], name="rights_requests_mail_to_sort"),
        ),
        migrations.AddIndex(
            model_name="incomingmail",
            index=models.Index(fields=["settled_at"], name="rights_requests_mail_settled"),
        ),
        migrations.AddIndex(
            model_name="incomingmail",
            index=models.Index(fields=["sender"], name="rights_requests_mail_sender"),
        ),
    ]

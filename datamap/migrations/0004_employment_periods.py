from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("datamap", "0003_registers")]

    operations = [
        migrations.AlterField(
            model_name="statutoryperiod",
            name="starts",
            field=models.CharField(
                choices=[
                    ("DOCUMENT", "Date of the document"),
                    ("NEXT_YEAR", "1 January of the following year"),
                    ("FINANCIAL_YEAR_END", "End of the financial year"),
                    ("EMPLOYMENT_END", "End of the employment"),
                ],
                max_length=20,
            ),
        ),
    ]

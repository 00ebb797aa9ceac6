import csv
from datetime import date
from pathlib import Path

from django.db import migrations

#: The columns of this migration's day; ``0006`` fills those that came later.
COLUMNS = ("name", "role", "objective", "shared_data", "region", "safeguard", "terms_url")
REGISTER = Path(__file__).resolve().parent.parent / "processors.csv"

# Belgium changed the income tax term from 7 to 10 years and back within three years; whether Art. 60 of the VAT Code
# followed has not been established, so the longer term stands until the privacy officer confirms it.
PERIODS = [
    {
        "country": "BE",
        "document": "invoice",
        "months": 120,
        "starts": "NEXT_YEAR",
        "article": "Art. 60 § 4 Code de la TVA / Btw-wetboek",
        "valid_from": date(1900, 1, 1),
        "is_confirmed": False,
        "note": "Ten years since the law of 20 November 2022; to be confirmed against the law of 18 December 2025.",
    },
    {
        "country": "FR",
        "document": "invoice",
        "months": 120,
        "starts": "FINANCIAL_YEAR_END",
        "article": "Art. L123-22 Code de commerce",
        "valid_from": date(1900, 1, 1),
        "is_confirmed": True,
        "note": "Ten years from the close of the financial year; the tax term of six years (LPF L102 B) is shorter.",
    },
]


def seed(apps, schema_editor):
    period = apps.get_model("datamap", "StatutoryPeriod")
    for values in PERIODS:
        period.objects.get_or_create(
            country=values["country"], document=values["document"], valid_from=values["valid_from"], defaults=values
        )
    processor = apps.get_model("datamap", "Processor")
    with REGISTER.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            processor.objects.get_or_create(code=row["code"], defaults={name: row[name] for name in COLUMNS})


class Migration(migrations.Migration):
    dependencies = [("datamap", "0002_guard")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]

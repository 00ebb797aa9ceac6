"""The sales system of the demo company: a database of somebody else's on the embedded server, which the demo is connected with.

It is made before the first request is loaded, and its declaration is laid where every process of the demo looks (see ``oxyprivacy.environment``).
"""

from __future__ import annotations

import shutil
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg2
from psycopg2 import sql
from psycopg2.extras import execute_values

from accounts.models import Contact, User
from connectors.declared import systems
from connectors.sources import registering
from oxyprivacy import environment
from oxyprivacy.embedded.layout import Layout
from oxyprivacy.embedded.secrets import Secrets
from oxyprivacy.environment import SALES_DATABASE, SALES_FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from psycopg2.extensions import connection, cursor

HERE = Path(__file__).resolve().parent / "systems"
NOTES = ("Asked about maps", "Wants a training in spring", "Called back: will decide next month")


def load(*, at: datetime) -> int:
    """Make it where it is not there yet, and declare it to this process too; how many people it holds that it did not hold before."""
    here = environment.load()
    if here.name != "demo" or not here.is_embedded_database:
        return 0
    added = _make(here.var, at=at)
    folder = here.var / SALES_FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    shutil.copyfile(HERE / "crm.toml", folder / "crm.toml")
    if not any(system.key == "crm" for system in systems.every()):
        registering.register_folder(folder)
    return added


def _make(var: Path, *, at: datetime) -> int:
    """The database, and a role that may read and change its rows and nothing else. All of it is there or nothing: it is renamed when it is whole."""
    secrets = Secrets.at(var)
    layout = Layout.of(var=var, instance=secrets.instance)
    name, draft, role = (sql.Identifier(name) for name in (SALES_DATABASE, f"{SALES_DATABASE}_new", SALES_DATABASE))
    with closing(_superuser(layout, secrets, "postgres")) as server, server.cursor() as asking:
        asking.execute("SELECT FROM pg_database WHERE datname = %s", [SALES_DATABASE])
        if asking.fetchone():
            return 0
        asking.execute("SELECT FROM pg_roles WHERE rolname = %s", [SALES_DATABASE])
        verb = sql.SQL("ALTER" if asking.fetchone() else "CREATE")
        asking.execute(sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(verb, role, sql.Literal(secrets.sales)))
        asking.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(draft))
        asking.execute(sql.SQL("CREATE DATABASE {}").format(draft))
        with closing(_superuser(layout, secrets, f"{SALES_DATABASE}_new")) as made, made.cursor() as writing:
            writing.execute((HERE / "crm.sql").read_text(encoding="utf-8"))
            writing.execute(sql.SQL("GRANT USAGE ON SCHEMA sales TO {}").format(role))
            writing.execute(sql.SQL("GRANT SELECT, UPDATE, DELETE ON ALL TABLES IN SCHEMA sales TO {}").format(role))
            added = _fill(writing, at=at)
        asking.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(draft, name))
    return added


def _superuser(layout: Layout, secrets: Secrets, database: str) -> connection:
    made = psycopg2.connect(layout.database_url(role="postgres", password=secrets.postgres, database=database))
    made.autocommit = True
    return made


def _fill(writing: cursor, *, at: datetime) -> int:
    """Every fourth contact, and whoever signs in in the demo: nobody so old that a purge takes them at once."""
    people = list(_people(at=at))
    execute_values(writing, "INSERT INTO sales.person (id, email, portal_account, full_name, phone, last_contact_at) VALUES %s", people)
    writing.execute("SELECT setval(pg_get_serial_sequence('sales.person', 'id'), max(id)) FROM sales.person")
    talks = [(key, NOTES[key % len(NOTES)], last) for key, *_who, last in people]
    execute_values(writing, "INSERT INTO sales.interaction (person_id, note, happened_at) VALUES %s", talks)
    bills = [(f"V-{4000 + key}", key, 121 * (1 + key % 7), (last - timedelta(days=20)).date()) for key, *_who, last in people if key % 2]
    execute_values(writing, "INSERT INTO sales.invoice (number, person_id, total, issued_on) VALUES %s", bills)
    execute_values(
        writing, "INSERT INTO sales.invoice_line (invoice_number, what) VALUES %s", [(number, "Maps") for number, *_rest in bills]
    )
    surveys = [(key, email, 6 + key % 4, "Fine maps") for key, email, *_rest in people if key % 3 == 0]
    execute_values(writing, "INSERT INTO sales.survey (person_id, email, grade, remark) VALUES %s", surveys)
    return len(people)


def _people(*, at: datetime) -> Iterator[tuple[int, str, str | None, str, str | None, datetime]]:
    accounts = {email.lower(): str(key) for key, email in User.objects.values_list("pk", "email")}
    contacts = list(Contact.objects.order_by("number"))
    chosen = [one for number, one in enumerate(contacts) if number % 4 == 0 or one.email.lower() in accounts]
    for key, contact in enumerate(chosen, start=1):
        last = at - timedelta(days=5 + 17 * key % 500)
        yield key, contact.email, accounts.get(contact.email.lower()), contact.name, contact.phone or None, last

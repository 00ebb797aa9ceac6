"""Where this process runs and what it may hold: read once from the environment, before Django.

``OXYPRIVACY_ENV`` is ``demo`` (the default), ``test`` or ``production``. In demo and test the embedded servers stand in for
whatever ``DATABASE_URL`` and ``REDIS_URL`` do not name. In production nothing has a default, and what is missing is named in one line.

``OXYPRIVACY_PROCESS`` says what a process is for and so which database roles it may hold: ``web`` the app's alone, ``worker`` and
``beat`` also retention's, ``manage`` (the default) the owner's as well. Servers of customer databases (``HOSTING_URL``,
``HOSTING_URL_<NAME>``) are the worker's and a command's alone, and so is the key of archives (``ARCHIVE_KEY``).

Databases of connected systems (``CONNECTOR_URL_<NAME>``) are everybody's but beat's: the desk shows what they hold. The key of the mailing
service is the worker's, the word in the address of its webhook the web's.

``OXYPRIVACY_TEST_SLOT`` keeps test runs apart: each has its own database, queue number and files, which the processes that it starts
inherit. A test never meets the database that a URL names, only one beside it.

Every value can also come from a file that ``<NAME>_FILE`` names.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import environ
import pyrage  # type: ignore[import-untyped]
from environ.fileaware_mapping import FileAwareMapping

from oxyprivacy.embedded.layout import Layout
from oxyprivacy.embedded.secrets import Secrets

ROOT = Path(__file__).resolve().parent.parent

NAMES = ("demo", "test", "production")
PROCESSES = ("web", "worker", "beat", "manage")
HOLDS_OWNER = frozenset({"manage"})
HOLDS_RETENTION = frozenset({"worker", "beat", "manage"})
HOLDS_HOSTING = frozenset({"worker", "manage"})
HOLDS_CONNECTORS = frozenset({"web", "worker", "manage"})
HOLDS_MAILCHIMP = frozenset({"worker", "manage"})
HOLDS_MAILCHIMP_HOOK = frozenset({"web", "manage"})
MAILCHIMP_KEY = re.compile(r"[0-9A-Za-z]{8,64}-(?P<centre>[a-z]{2,4}[0-9]{1,3})")
HOLDS_ARCHIVES = frozenset({"worker", "manage"})
#: A server of customer databases; further ones are HOSTING_URL_FR and so on. Their registration names the variable, never the URL.
HOSTING_URL = "HOSTING_URL"
#: Databases of connected systems: CONNECTOR_URL_CRM and so on. Their declarations name the variable, never the URL.
CONNECTOR_URL = "CONNECTOR_URL_"
#: The sales system of the demo, on the embedded server: a database and a role of one name, declared once it is there.
SALES_DATABASE = "oxyprivacy_sales"
SALES_FOLDER = "systems"

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")
#: How we are reached, as letters and pages say it. Of the demo nobody is there.
CONTACT = {
    "OXYPRIVACY_EMAIL": "privacy@oxygis.example",
    "OXYPRIVACY_JOBS_EMAIL": "jobs@oxygis.example",
    "OXYPRIVACY_PHONE": "+32 2 555 01 40",
    "OXYPRIVACY_OFFICER": "Hélène Marchal",
}
ADDRESS = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+")
PRODUCTION_NEEDS = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ALLOWED_HOSTS", "OXYPRIVACY_PUBLIC_URL", *CONTACT)


class EnvironmentRefused(SystemExit):
    """The process cannot start; the message is one line. A ``SystemExit``, so that no command buries it in a traceback."""


LEAST_TOKEN = 32


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Settings from outside. URLs that this process may not hold, and those that do not exist, are empty.

    What holds a password is left out of the ``repr``, which ends up in logs and tracebacks.
    """

    name: str
    process: str
    database_url: str = field(repr=False)
    owner_url: str = field(repr=False)
    retention_url: str = field(repr=False)
    #: Servers of customer databases, by the name of their variable.
    hosting_urls: Mapping[str, str] = field(default_factory=dict, repr=False)
    #: Databases of connected systems, by the name of their variable.
    connector_urls: Mapping[str, str] = field(default_factory=dict, repr=False)
    #: The folder of their declarations; None: there are none.
    connectors: Path | None = None
    #: Private networks, and folders of sockets, in which they may lie.
    connector_networks: tuple[str, ...] = ()
    #: The mailing service: the list of ours, the key to it, and the secret word in the address of its webhook.
    mailchimp_list: str = ""
    mailchimp_key: str = field(default="", repr=False)
    mailchimp_hook: str = field(default="", repr=False)
    #: For the test suite alone, which creates databases and flushes guarded tables; empty outside ``test``.
    test_superuser_url: str = field(repr=False)
    #: For redis-py and Django's cache.
    redis_url: str = field(repr=False)
    #: The same place, as Celery spells it.
    broker_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    #: Keys of before: nothing is made with them any more, but what they sealed or signed is still understood.
    former_secret_keys: tuple[str, ...] = field(default=(), repr=False)
    #: With it a monitor sees a line for each period; without one it learns yes or no.
    health_token: str = field(default="", repr=False)
    allowed_hosts: tuple[str, ...]
    #: Addresses and networks of the proxies whose word about who connects is taken; nobody else's is.
    proxies: tuple[str, ...] = ()
    var: Path
    media: Path
    #: Tombstones are copied here: outside the database and outside every backup set.
    escrow: Path
    #: Opens archives and signs what they are; the first one writes. In no database and in no archive.
    archive_keys: tuple[str, ...] = field(default=(), repr=False)
    #: Holds a folder for each place in which archives lie.
    archives: Path
    is_embedded_database: bool
    is_embedded_queue: bool
    email_url: str | None = field(repr=False)
    #: A folder whose mails are requests; without it nobody looks.
    imap_url: str = field(default="", repr=False)
    #: Human resources' own folder: what answers an application goes into its thread.
    jobs_imap_url: str = field(default="", repr=False)
    #: The origin that links in letters carry, without a slash at the end.
    public_url: str
    #: By the names of ``CONTACT``.
    contact: Mapping[str, str]


@cache
def load() -> Environment:
    """Read ``os.environ`` once.

    Raises:
        EnvironmentRefused: a name is unknown, or production lacks something.
    """
    return read(os.environ)


def read(variables: Mapping[str, str]) -> Environment:
    """Build the environment from `variables`; in demo and test, make ``var/`` and its secrets at first use.

    Raises:
        EnvironmentRefused: a name is unknown, or production lacks something.
    """
    values = _Values(variables)
    hosting_urls = {name: url for name in hosting_names(variables) if (url := values.text(name))}
    name = values.one_of("OXYPRIVACY_ENV", NAMES, default="demo")
    process = values.one_of("OXYPRIVACY_PROCESS", PROCESSES, default="manage")
    make = _production if name == "production" else partial(_local, name=name)
    made = make(values, process=process, hosting_urls=hosting_urls)
    return _with_connectors(made, values, variables)


def _with_connectors(made: Environment, values: _Values, variables: Mapping[str, str]) -> Environment:
    urls = {**made.connector_urls, **connector_urls(values, variables)}
    if made.name == "production" and urls and made.process not in HOLDS_CONNECTORS:
        message = f"OXYPRIVACY_PROCESS={made.process} must not be given {', '.join(urls)}."
        raise EnvironmentRefused(message)
    if made.name == "production":
        _refuse_mailchimp(made.process, values)
    folder = values.text("OXYPRIVACY_CONNECTORS")
    return replace(
        made,
        connector_urls=urls if made.process in HOLDS_CONNECTORS else {},
        connectors=Path(folder).expanduser().resolve() if folder else made.connectors,
        connector_networks=_networks(values) or made.connector_networks,
        mailchimp_list=values.text("MAILCHIMP_LIST"),
        mailchimp_key=_mailchimp_key(values) if made.process in HOLDS_MAILCHIMP else "",
        mailchimp_hook=_long_enough(values, "MAILCHIMP_HOOK") if made.process in HOLDS_MAILCHIMP_HOOK else "",
    )


def _refuse_mailchimp(process: str, values: _Values) -> None:
    """Who calls the service has its key, who hears it has the word of its webhook, and nobody else: where the list is named and one of them
    is missing, objections would not get there, or not from there to here, and nobody would notice.
    """
    for name, holders, needed_by in (
        ("MAILCHIMP_API_KEY", HOLDS_MAILCHIMP, "worker"),
        ("MAILCHIMP_HOOK", HOLDS_MAILCHIMP_HOOK, "web"),
    ):
        is_given = bool(values.text(name))
        if is_given and process not in holders:
            message = f"OXYPRIVACY_PROCESS={process} must not be given {name}."
            raise EnvironmentRefused(message)
        if values.text("MAILCHIMP_LIST") and process == needed_by and not is_given:
            message = f"OxyPrivacy does not start a {process} in production with MAILCHIMP_LIST and without {name} (or {name}_FILE)."
            raise EnvironmentRefused(message)


def _mailchimp_key(values: _Values) -> str:
    key = values.text("MAILCHIMP_API_KEY")
    if key and not MAILCHIMP_KEY.fullmatch(key):
        message = "MAILCHIMP_API_KEY takes a key of the mailing service, which ends with its data centre, such as -us21."
        raise EnvironmentRefused(message)
    return key


def _networks(values: _Values) -> tuple[str, ...]:
    networks = values.names("OXYPRIVACY_CONNECTOR_NETWORKS")
    for network in networks:
        try:
            if not network.startswith("/"):
                ip_network(network)
        except ValueError as error:
            message = f"OXYPRIVACY_CONNECTOR_NETWORKS takes networks, such as 10.20.0.0/16, and folders of sockets; {network!r} is none."
            raise EnvironmentRefused(message) from error
    return networks


def hosting_names(variables: Mapping[str, str]) -> list[str]:
    """Names of the variables that hold servers of customer databases: ``HOSTING_URL``, and ``HOSTING_URL_FR`` for another region."""
    names = {name.removesuffix("_FILE") for name in variables if name == HOSTING_URL or name.startswith(f"{HOSTING_URL}_")}
    return sorted(names)


def connector_urls(values: _Values, variables: Mapping[str, str]) -> dict[str, str]:
    names = {name.removesuffix("_FILE") for name in variables if name.startswith(CONNECTOR_URL)}
    return {name: url for name in sorted(names) if (url := values.text(name))}


def database(url: str) -> dict[str, Any]:
    """Turn a URL into an entry of ``DATABASES``; a host that starts with ``%2F`` is a socket's folder.

    Raises:
        EnvironmentRefused: there is no URL.
    """
    if not url:
        message = "This needs a database role that the process does not hold: give DATABASE_OWNER_URL (or DATABASE_URL)."
        raise EnvironmentRefused(message)
    config: dict[str, Any] = environ.Env.db_url_config(url)
    return config | {"HOST": unquote(config["HOST"])}


def email(url: str) -> dict[str, Any]:
    """Turn ``EMAIL_URL`` (``smtp+tls://user:password@host:587``) into Django's ``EMAIL_*`` settings."""
    config: dict[str, Any] = environ.Env.email_url_config(url)
    return config


class _Values:
    def __init__(self, variables: Mapping[str, str]) -> None:
        self._mapping = FileAwareMapping(env=variables, cache=False)

    def text(self, name: str, default: str = "") -> str:
        try:
            return str(self._mapping.get(name, "")).strip() or default
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "not text"
            message = f"OxyPrivacy cannot read the file that {name}_FILE names: {reason}."
            raise EnvironmentRefused(message) from error

    def one_of(self, name: str, choices: tuple[str, ...], *, default: str) -> str:
        value = self.text(name, default)
        if value not in choices:
            message = f"{name} is {value!r}; it can be {', '.join(choices)}."
            raise EnvironmentRefused(message)
        return value

    def folder(self, name: str, default: Path) -> Path:
        return Path(self.text(name, str(default))).expanduser().resolve()

    def names(self, name: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in self.text(name).split(",") if part.strip())


def _production(values: _Values, *, process: str, hosting_urls: Mapping[str, str]) -> Environment:
    missing = [name for name in PRODUCTION_NEEDS if not values.text(name)]
    if missing:
        message = f"OxyPrivacy does not start in production without {', '.join(missing)} (each can be given as NAME_FILE)."
        raise EnvironmentRefused(message)
    owner_url, retention_url = values.text("DATABASE_OWNER_URL"), values.text("DATABASE_RETENTION_URL")
    _refuse_roles_beyond(process, owner_url=owner_url, retention_url=retention_url, hosting_urls=hosting_urls)
    _refuse_archive_key(process, values)
    _refuse_open_production(values)
    var = values.folder("OXYPRIVACY_VAR", ROOT / "var")
    redis_url = values.text("REDIS_URL")
    return Environment(
        name="production",
        process=process,
        database_url=values.text("DATABASE_URL"),
        owner_url=owner_url,
        retention_url=retention_url,
        hosting_urls=hosting_urls,
        test_superuser_url="",
        redis_url=redis_url,
        broker_url=_broker_url(redis_url),
        secret_key=values.text("SECRET_KEY"),
        former_secret_keys=values.names("SECRET_KEY_FALLBACKS"),
        health_token=values.text("OXYPRIVACY_HEALTH_TOKEN"),
        allowed_hosts=values.names("ALLOWED_HOSTS"),
        proxies=_proxies(values),
        var=var,
        media=values.folder("OXYPRIVACY_MEDIA", var / "media"),
        escrow=values.folder("OXYPRIVACY_ESCROW", var / "escrow"),
        archive_keys=_archive_keys(values),
        archives=values.folder("OXYPRIVACY_ARCHIVES", var / "archives"),
        is_embedded_database=False,
        is_embedded_queue=False,
        email_url=values.text("EMAIL_URL") or None,
        imap_url=values.text("IMAP_URL"),
        jobs_imap_url=values.text("JOBS_IMAP_URL"),
        public_url=values.text("OXYPRIVACY_PUBLIC_URL").rstrip("/"),
        contact=_contact(values),
    )


def _refuse_roles_beyond(process: str, *, owner_url: str, retention_url: str, hosting_urls: Mapping[str, str]) -> None:
    if owner_url and process not in HOLDS_OWNER:
        message = f"OXYPRIVACY_PROCESS={process} must not be given DATABASE_OWNER_URL."
        raise EnvironmentRefused(message)
    if retention_url and process not in HOLDS_RETENTION:
        message = f"OXYPRIVACY_PROCESS={process} must not be given DATABASE_RETENTION_URL."
        raise EnvironmentRefused(message)
    if hosting_urls and process not in HOLDS_HOSTING:
        message = f"OXYPRIVACY_PROCESS={process} must not be given {', '.join(hosting_urls)}."
        raise EnvironmentRefused(message)


def _refuse_archive_key(process: str, values: _Values) -> None:
    """Who opens archives has the key, and nobody else: a worker without it would make no backup, and nobody would notice in time."""
    is_given = bool(values.text("ARCHIVE_KEY"))
    if is_given and process not in HOLDS_ARCHIVES:
        message = f"OXYPRIVACY_PROCESS={process} must not be given ARCHIVE_KEY."
        raise EnvironmentRefused(message)
    if process == "worker" and not is_given:
        message = "OxyPrivacy does not start a worker in production without ARCHIVE_KEY (it can be given as ARCHIVE_KEY_FILE)."
        raise EnvironmentRefused(message)


def _archive_keys(values: _Values) -> tuple[str, ...]:
    """The key that archives are written with, then those of before."""
    keys = tuple(key for key in (values.text("ARCHIVE_KEY"), *values.names("ARCHIVE_KEY_FALLBACKS")) if key)
    for key in keys:
        try:
            pyrage.x25519.Identity.from_str(key)
        except pyrage.IdentityError as error:
            message = "ARCHIVE_KEY takes an age key, AGE-SECRET-KEY-1…: deploy/make_secrets.py makes one."
            raise EnvironmentRefused(message) from error
    return keys


def _refuse_open_production(values: _Values) -> None:
    if "*" in values.names("ALLOWED_HOSTS"):
        message = "ALLOWED_HOSTS must name its hosts in production; '*' lets any name in."
        raise EnvironmentRefused(message)
    if not values.text("OXYPRIVACY_PUBLIC_URL").startswith("https://"):
        message = "OXYPRIVACY_PUBLIC_URL must start with https:// in production."
        raise EnvironmentRefused(message)


def _long_enough(values: _Values, name: str) -> str:
    token = values.text(name)
    if token and len(token) < LEAST_TOKEN:
        message = f"{name} must have at least {LEAST_TOKEN} characters, all of them random."
        raise EnvironmentRefused(message)
    return token


def _proxies(values: _Values) -> tuple[str, ...]:
    proxies = values.names("OXYPRIVACY_PROXIES")
    for proxy in proxies:
        try:
            ip_network(proxy)
        except ValueError as error:
            message = f"OXYPRIVACY_PROXIES takes addresses and networks, such as 10.0.0.5 or 172.16.0.0/12; {proxy!r} is none."
            raise EnvironmentRefused(message) from error
    return proxies


def _local(values: _Values, *, name: str, process: str, hosting_urls: Mapping[str, str]) -> Environment:
    var = values.folder("OXYPRIVACY_VAR", ROOT / "var")
    secrets = _secrets(var)
    layout = Layout.of(var=var, instance=secrets.instance)
    is_embedded_database, is_embedded_queue = not values.text("DATABASE_URL"), not values.text("REDIS_URL")
    urls = _embedded_urls(layout, secrets) if is_embedded_database else {}
    urls |= _outside_urls(values)
    if is_embedded_database:
        hosting_urls = {HOSTING_URL: _embedded_hosting_url(layout, secrets), **hosting_urls}
    redis_url = values.text("REDIS_URL") or layout.redis_url(number=0)
    files = var
    if name == "test":
        slot = int(values.text("OXYPRIVACY_TEST_SLOT", "0"))
        urls = {role: _beside(url, slot) for role, url in urls.items()}
        redis_url = _queue_of(redis_url, slot)
        files = var / "test" / str(slot)
    has_sales, declared = name == "demo" and is_embedded_database, var / SALES_FOLDER
    sales_url = layout.database_url(role=SALES_DATABASE, password=secrets.sales, database=SALES_DATABASE)
    return Environment(
        name=name,
        connector_urls={f"{CONNECTOR_URL}CRM": sales_url} if has_sales else {},
        connectors=declared if has_sales and declared.is_dir() else None,
        connector_networks=(str(layout.sockets),) if has_sales else (),
        process=process,
        database_url=urls["app"],
        owner_url=urls.get("owner", "") if process in HOLDS_OWNER else "",
        retention_url=urls.get("retention", "") if process in HOLDS_RETENTION else "",
        hosting_urls=hosting_urls if process in HOLDS_HOSTING else {},
        test_superuser_url=urls.get("superuser", "") if name == "test" else "",
        redis_url=redis_url,
        broker_url=_broker_url(redis_url),
        secret_key=values.text("SECRET_KEY") or secrets.secret_key,
        former_secret_keys=values.names("SECRET_KEY_FALLBACKS"),
        health_token=values.text("OXYPRIVACY_HEALTH_TOKEN"),
        allowed_hosts=LOOPBACK_HOSTS,
        var=var,
        media=values.folder("OXYPRIVACY_MEDIA", files / "media"),
        escrow=values.folder("OXYPRIVACY_ESCROW", files / "escrow"),
        archive_keys=(_archive_keys(values) or (secrets.archive,)) if process in HOLDS_ARCHIVES else (),
        archives=values.folder("OXYPRIVACY_ARCHIVES", files / "archives"),
        is_embedded_database=is_embedded_database,
        is_embedded_queue=is_embedded_queue,
        email_url=values.text("EMAIL_URL") or None,
        imap_url=values.text("IMAP_URL"),
        jobs_imap_url=values.text("JOBS_IMAP_URL"),
        public_url=_local_public_url(values),
        contact=_contact(values),
    )


def _contact(values: _Values) -> dict[str, str]:
    found = {name: values.text(name, default) for name, default in CONTACT.items()}
    for name in ("OXYPRIVACY_EMAIL", "OXYPRIVACY_JOBS_EMAIL"):
        if not ADDRESS.fullmatch(found[name]):
            message = f"{name} takes one e-mail address, such as privacy@company.example; {found[name]!r} is none."
            raise EnvironmentRefused(message)
    return found


def _secrets(var: Path) -> Secrets:
    try:
        return Secrets.at(var)
    except PermissionError as error:
        message = f"OxyPrivacy may not use {var}: it belongs to somebody else. Set OXYPRIVACY_VAR to a folder of your own."
        raise EnvironmentRefused(message) from error


def _outside_urls(values: _Values) -> dict[str, str]:
    names = {
        "app": "DATABASE_URL",
        "owner": "DATABASE_OWNER_URL",
        "retention": "DATABASE_RETENTION_URL",
        "superuser": "DATABASE_SUPERUSER_URL",
    }
    return {role: values.text(name) for role, name in names.items() if values.text(name)}


def _embedded_urls(layout: Layout, secrets: Secrets) -> dict[str, str]:
    return {
        "app": layout.database_url(role="oxyprivacy_app", password=secrets.app),
        "owner": layout.database_url(role="oxyprivacy_owner", password=secrets.owner),
        "retention": layout.database_url(role="oxyprivacy_retention", password=secrets.retention),
        "superuser": layout.database_url(role="postgres", password=secrets.postgres),
    }


def _embedded_hosting_url(layout: Layout, secrets: Secrets) -> str:
    role = "oxyprivacy_hosting"
    return layout.database_url(role=role, password=secrets.hosting, database=role)


def _beside(database_url: str, slot: int) -> str:
    """Name the test database of `slot` on the same server."""
    parts = urlsplit(database_url)
    return urlunsplit(parts._replace(path=f"/oxyprivacy_test_{slot}"))


def _queue_of(redis_url: str, slot: int) -> str:
    """Name the queue of `slot` on the same server; number 0 is nobody's test."""
    parts = urlsplit(redis_url)
    if parts.scheme == "unix":
        return f"unix://{parts.path}?db={slot + 1}"
    return urlunsplit(parts._replace(path=f"/{slot + 1}"))


def _broker_url(redis_url: str) -> str:
    """Spell a redis-py URL for Celery, which writes a Unix socket in its own way."""
    if not redis_url.startswith("unix://"):
        return redis_url
    parts = urlsplit(redis_url)
    return f"redis+socket://{parts.path}?{parts.query.replace('db=', 'virtual_host=')}"


def _local_public_url(values: _Values) -> str:
    address = f"http://127.0.0.1:{values.text('PORT', '8000')}"
    return values.text("OXYPRIVACY_PUBLIC_URL", address).rstrip("/")

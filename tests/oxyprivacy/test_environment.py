from __future__ import annotations

import json
import stat
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from datamap.archives.sealing import new_key
from oxyprivacy import environment
from oxyprivacy.embedded.secrets import Secrets
from oxyprivacy.environment import EnvironmentRefused

PRODUCTION = {
    "OXYPRIVACY_ENV": "production",
    "DATABASE_URL": "postgresql://oxyprivacy_app:one@db:5432/oxyprivacy",
    "REDIS_URL": "redis://:four@queue:6379/0",
    "SECRET_KEY": "five",
    "ALLOWED_HOSTS": "privacy.example, www.privacy.example",
    "OXYPRIVACY_PUBLIC_URL": "https://privacy.example/",
    "OXYPRIVACY_EMAIL": "privacy@company.example",
    "OXYPRIVACY_JOBS_EMAIL": "jobs@company.example",
    "OXYPRIVACY_PHONE": "+32 2 555 01 41",
    "OXYPRIVACY_OFFICER": "Ann Officer",
}
#: What a worker needs beside it.
WORKER = PRODUCTION | {"OXYPRIVACY_PROCESS": "worker", "ARCHIVE_KEY": new_key()}
OUTSIDE = {
    "DATABASE_URL": "postgresql://oxyprivacy_app:one@db:5432/oxyprivacy",
    "DATABASE_OWNER_URL": "postgresql://oxyprivacy_owner:two@db:5432/oxyprivacy",
    "DATABASE_RETENTION_URL": "postgresql://oxyprivacy_retention:three@db:5432/oxyprivacy",
    "REDIS_URL": "redis://:four@queue:6379/0",
}


def read(variables: Mapping[str, str], var: Path) -> environment.Environment:
    return environment.read({"OXYPRIVACY_VAR": str(var)} | dict(variables))


def test_nothing_set_is_the_demo_on_loopback_with_servers_of_its_own(tmp_path):
    here = read({}, tmp_path)
    assert (here.name, here.process) == ("demo", "manage")
    assert here.allowed_hosts == ("127.0.0.1", "localhost", "[::1]")
    assert (here.is_embedded_database, here.is_embedded_queue) == (True, True)
    assert here.public_url == "http://127.0.0.1:8000"
    assert here.test_superuser_url == ""


def test_port_moves_the_address_that_letters_carry(tmp_path):
    assert read({"PORT": "8001"}, tmp_path).public_url == "http://127.0.0.1:8001"


@pytest.mark.parametrize(
    ("process", "owner", "retention"),
    [("manage", True, True), ("worker", False, True), ("beat", False, True), ("web", False, False)],
)
@pytest.mark.parametrize("outside", [{}, OUTSIDE], ids=["embedded", "outside"])
def test_process_holds_its_own_database_roles_and_no_other(tmp_path, process, owner, retention, outside):
    here = read({"OXYPRIVACY_PROCESS": process} | outside, tmp_path)
    assert (bool(here.owner_url), bool(here.retention_url)) == (owner, retention)
    assert "oxyprivacy_app" in here.database_url


@pytest.mark.parametrize("process", ["web", "worker", "beat"])
def test_production_refuses_the_owners_url_where_it_does_not_belong(tmp_path, process):
    variables = PRODUCTION | {"DATABASE_OWNER_URL": OUTSIDE["DATABASE_OWNER_URL"]}
    assert read(variables | {"OXYPRIVACY_PROCESS": "manage"}, tmp_path).owner_url
    with pytest.raises(EnvironmentRefused, match=f"{process} must not be given DATABASE_OWNER_URL"):
        read(variables | {"OXYPRIVACY_PROCESS": process}, tmp_path)


def test_production_refuses_retentions_url_in_the_web(tmp_path):
    variables = PRODUCTION | {"DATABASE_RETENTION_URL": OUTSIDE["DATABASE_RETENTION_URL"]}
    assert read(variables | WORKER, tmp_path).retention_url
    with pytest.raises(EnvironmentRefused, match="web must not be given DATABASE_RETENTION_URL"):
        read(variables | {"OXYPRIVACY_PROCESS": "web"}, tmp_path)


HOSTING = {
    "HOSTING_URL": "postgresql://oxyprivacy_hosting:six@db:5432/x",
    "HOSTING_URL_FR": "postgresql://oxyprivacy_hosting:six@fr:5432/x",
}


@pytest.mark.parametrize(("process", "holds"), [("manage", True), ("worker", True), ("beat", False), ("web", False)])
def test_servers_of_customer_databases_are_known_to_the_worker_alone(tmp_path, process, holds):
    assert bool(read({"OXYPRIVACY_PROCESS": process}, tmp_path).hosting_urls) == holds
    assert bool(read({"OXYPRIVACY_PROCESS": process} | OUTSIDE | HOSTING, tmp_path).hosting_urls) == holds
    if holds:
        assert environment.read(WORKER | {"OXYPRIVACY_PROCESS": process} | HOSTING).hosting_urls == HOSTING
        return
    with pytest.raises(EnvironmentRefused, match="must not be given HOSTING_URL, HOSTING_URL_FR"):
        environment.read(PRODUCTION | {"OXYPRIVACY_PROCESS": process} | HOSTING)


def test_a_server_of_customer_databases_may_come_from_a_file(tmp_path):
    file = tmp_path / "url"
    file.write_text(HOSTING["HOSTING_URL"])
    variables = WORKER | {"HOSTING_URL_NL_FILE": str(file)}
    assert environment.read(variables).hosting_urls == {"HOSTING_URL_NL": HOSTING["HOSTING_URL"]}


@pytest.mark.parametrize(("process", "holds"), [("manage", True), ("worker", True), ("beat", False), ("web", False)])
def test_the_key_of_archives_is_the_workers_and_a_commands_alone(tmp_path, process, holds):
    former = new_key()
    variables = WORKER | {"OXYPRIVACY_PROCESS": process, "ARCHIVE_KEY_FALLBACKS": former}
    assert bool(read({"OXYPRIVACY_PROCESS": process}, tmp_path).archive_keys) == holds
    if holds:
        assert read(variables, tmp_path).archive_keys == (WORKER["ARCHIVE_KEY"], former)
        assert former not in repr(read(variables, tmp_path))
        return
    with pytest.raises(EnvironmentRefused, match=f"{process} must not be given ARCHIVE_KEY"):
        read(variables, tmp_path)


@pytest.mark.parametrize(("key", "why"), [("", "without ARCHIVE_KEY"), ("a password", "takes an age key")])
def test_production_starts_no_worker_whose_backups_nobody_could_open(tmp_path, key, why):
    with pytest.raises(EnvironmentRefused, match=why):
        read(WORKER | {"ARCHIVE_KEY": key}, tmp_path)


MAILCHIMP = {"MAILCHIMP_LIST": "a1b2c3", "MAILCHIMP_API_KEY": "0123456789abcdef-us21", "MAILCHIMP_HOOK": "w" * 32}


@pytest.mark.parametrize(
    ("process", "held"),
    [
        ("web", {"MAILCHIMP_HOOK"}),
        ("worker", {"MAILCHIMP_API_KEY"}),
        ("beat", set()),
        ("manage", {"MAILCHIMP_API_KEY", "MAILCHIMP_HOOK"}),
    ],
)
def test_each_process_holds_of_the_mailing_service_what_it_needs_and_nothing_else(tmp_path, process, held):
    given = WORKER if process == "worker" else PRODUCTION
    names = {"MAILCHIMP_API_KEY", "MAILCHIMP_HOOK"}
    fitting = given | {"OXYPRIVACY_PROCESS": process, **{name: MAILCHIMP[name] for name in held | {"MAILCHIMP_LIST"}}}
    here = read(fitting, tmp_path)
    assert {name for name, value in zip(sorted(names), (here.mailchimp_key, here.mailchimp_hook), strict=True) if value} == held
    assert not any(MAILCHIMP[name] in repr(here) for name in names)
    for name in names - held:
        with pytest.raises(EnvironmentRefused, match=f"{process} must not be given {name}"):
            read(fitting | {name: MAILCHIMP[name]}, tmp_path)
    for name in held if process != "manage" else ():
        with pytest.raises(EnvironmentRefused, match=f"with MAILCHIMP_LIST and without {name}"):
            read({key: value for key, value in fitting.items() if key != name}, tmp_path)


def test_secrets_of_before_get_what_was_added_since_once(tmp_path):
    first = Secrets.at(tmp_path)
    file = tmp_path / "secrets.json"
    kept = json.loads(file.read_text())
    del kept["hosting"]
    file.write_text(json.dumps(kept))

    second = Secrets.at(tmp_path)

    assert second == Secrets.at(tmp_path)
    assert (second.postgres, second.secret_key) == (first.postgres, first.secret_key)
    assert second.hosting not in {"", first.hosting}


def test_production_takes_everything_from_outside(tmp_path):
    here = read(PRODUCTION, tmp_path / "var")
    assert here.allowed_hosts == ("privacy.example", "www.privacy.example")
    assert here.public_url == "https://privacy.example"
    assert (here.is_embedded_database, here.is_embedded_queue) == (False, False)
    assert here.owner_url == here.retention_url == here.test_superuser_url == ""
    assert not (tmp_path / "var").exists()


def test_production_names_all_that_is_missing_in_one_line(tmp_path):
    with pytest.raises(EnvironmentRefused) as refusal:
        read({"OXYPRIVACY_ENV": "production", "REDIS_URL": "redis://queue"}, tmp_path)
    line = str(refusal.value)
    assert all(name in line for name in set(environment.PRODUCTION_NEEDS) - {"REDIS_URL"})
    assert "REDIS_URL" not in line
    assert "\n" not in line


@pytest.mark.parametrize("name", [name for name in PRODUCTION if name != "OXYPRIVACY_ENV"])
def test_production_misses_each_thing_by_its_name(tmp_path, name):
    with pytest.raises(EnvironmentRefused, match=rf"without {name} \("):
        read({key: value for key, value in PRODUCTION.items() if key != name}, tmp_path)


@pytest.mark.parametrize(("name", "value"), [("ALLOWED_HOSTS", "privacy.example,*"), ("OXYPRIVACY_PUBLIC_URL", "http://privacy.example")])
def test_production_refuses_what_would_open_it(tmp_path, name, value):
    with pytest.raises(EnvironmentRefused, match=name):
        read(PRODUCTION | {name: value}, tmp_path)


def test_production_writes_in_its_own_name_and_the_demo_in_nobodys(tmp_path):
    assert read({}, tmp_path).contact == environment.CONTACT
    assert not {value for value in environment.CONTACT.values() if "@" in value and not value.endswith(".example")}
    here = read(PRODUCTION, tmp_path)
    assert set(here.contact.values()) == {PRODUCTION[name] for name in environment.CONTACT}


@pytest.mark.parametrize("name", ["OXYPRIVACY_EMAIL", "OXYPRIVACY_JOBS_EMAIL"])
@pytest.mark.parametrize("value", ["nobody", "a@b", "a@b.example, c@d.example", "Us <a@b.example>", "a@b.example\nBcc: c@d.example"])
def test_an_address_of_ours_is_one_address(tmp_path, name, value):
    with pytest.raises(EnvironmentRefused, match=f"{name} takes one e-mail address"):
        read(PRODUCTION | {name: value}, tmp_path)


@pytest.mark.parametrize("name", ["OXYPRIVACY_ENV", "OXYPRIVACY_PROCESS"])
def test_unknown_name_is_refused_with_the_known_ones(tmp_path, name):
    with pytest.raises(EnvironmentRefused, match="it can be"):
        read({name: "staging"}, tmp_path)


def test_secret_comes_from_the_file_that_its_name_points_to(tmp_path):
    file = tmp_path / "key"
    file.write_text("$from-a-file\n")
    variables = {key: value for key, value in PRODUCTION.items() if key != "SECRET_KEY"}
    assert read(variables | {"SECRET_KEY_FILE": str(file)}, tmp_path).secret_key == "$from-a-file"


def test_secret_file_that_is_not_there_is_named_without_a_traceback(tmp_path):
    with pytest.raises(EnvironmentRefused, match="SECRET_KEY_FILE"):
        read(PRODUCTION | {"SECRET_KEY_FILE": str(tmp_path / "none")}, tmp_path)


def test_keys_of_before_are_given_with_commas(tmp_path):
    assert read(PRODUCTION, tmp_path).former_secret_keys == ()
    assert read(PRODUCTION | {"SECRET_KEY_FALLBACKS": "older, oldest"}, tmp_path).former_secret_keys == ("older", "oldest")


def test_repr_shows_no_secret(tmp_path):
    shown = repr(read(PRODUCTION | {"EMAIL_URL": "smtp://user:six@mail", "SECRET_KEY_FALLBACKS": "seven"}, tmp_path))
    assert not [secret for secret in ("one", "four", "five", "six@", "seven") if f"{secret}@" in shown or f"'{secret}'" in shown]


def test_secrets_are_made_once_for_their_owner_alone(tmp_path):
    first, second = read({}, tmp_path / "var"), read({}, tmp_path / "var")
    assert first == second
    assert stat.S_IMODE((tmp_path / "var").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "var" / "secrets.json").stat().st_mode) == 0o600


def test_all_that_start_at_once_agree_on_the_secrets(tmp_path):
    for turn in range(20):
        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(Secrets.at, [tmp_path / str(turn)] * 8))
        assert len(set(made)) == 1


def test_another_clone_has_other_secrets_and_another_place(tmp_path):
    one, other = read({}, tmp_path / "one"), read({}, tmp_path / "other")
    assert one.secret_key != other.secret_key
    assert environment.database(one.database_url)["HOST"] != environment.database(other.database_url)["HOST"]


def test_test_run_never_meets_the_database_or_the_queue_that_a_url_names(tmp_path):
    here = read(OUTSIDE | {"OXYPRIVACY_ENV": "test", "OXYPRIVACY_TEST_SLOT": "3"}, tmp_path)
    urls = (here.database_url, here.owner_url, here.retention_url)
    assert {environment.database(url)["NAME"] for url in urls} == {"oxyprivacy_test_3"}
    assert here.redis_url == here.broker_url == "redis://:four@queue:6379/4"


def test_embedded_test_run_has_a_slot_of_its_own(tmp_path):
    here = read({"OXYPRIVACY_ENV": "test", "OXYPRIVACY_TEST_SLOT": "2"}, tmp_path)
    assert environment.database(here.database_url)["NAME"] == "oxyprivacy_test_2"
    assert here.redis_url.startswith("unix:///")
    assert here.redis_url.endswith("?db=3")
    assert here.broker_url.startswith("redis+socket:///")
    assert here.broker_url.endswith("?virtual_host=3")
    assert here.media == tmp_path / "test" / "2" / "media"


def test_socket_folder_is_unquoted_for_django():
    config = environment.database("postgresql://a:b@%2Fa%20folder%2Fsockets/oxyprivacy")
    assert (config["HOST"], config["NAME"], config["USER"]) == ("/a folder/sockets", "oxyprivacy", "a")


def test_missing_role_is_refused_by_name():
    with pytest.raises(EnvironmentRefused, match="DATABASE_OWNER_URL"):
        environment.database("")

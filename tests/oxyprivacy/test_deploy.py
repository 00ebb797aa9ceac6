"""docker-compose.yml and the Dockerfile, as far as a machine without an engine can check them."""

from __future__ import annotations

import importlib.util
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from oxyprivacy import environment
from oxyprivacy.environment import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "oxyprivacy"}
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
EXAMPLE = (ROOT / "deploy" / "example.env").read_text().splitlines()
#: What a person puts into .env.
GIVEN = dict(line.split("=", 1) for line in EXAMPLE if line and not line.startswith("#"))
HOLDS = {
    "web": {"database_url"},
    "worker": {"database_url", "database_retention_url", "hosting_url"},
    "beat": {"database_url"},
    "migrate": {"database_url", "database_owner_url", "database_retention_url"},
    "maintain": {"database_url", "database_owner_url", "database_retention_url"},
}


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("secrets") / "made"
    subprocess.run([sys.executable, ROOT / "deploy" / "make_secrets.py", folder], check=True)
    return folder


def filled_in(value: str) -> str:
    """Do with ``${NAME:?why}`` and ``${NAME:-default}`` what compose does."""
    return re.sub(r"\$\{(\w+)(?::-([^}]*)|:\?[^}]*)\}", lambda match: GIVEN.get(match[1]) or match[2], value)


def variables_of(name: str, secrets: Path) -> dict[str, str]:
    given = {key: filled_in(value) for key, value in SERVICES[name]["environment"].items()}
    return {"OXYPRIVACY_ENV": "production"} | {key: value.replace("/run/secrets", str(secrets)) for key, value in given.items()}


def test_what_compose_cannot_know_stands_in_the_example_and_nothing_else():
    asked = re.findall(r"\$\{(\w+):\?", (ROOT / "docker-compose.yml").read_text())
    assert sorted(asked) == sorted(GIVEN)
    assert GIVEN["OXYPRIVACY_PUBLIC_URL"] == f"https://{GIVEN['ALLOWED_HOSTS']}"


def test_what_the_page_says_that_a_process_holds_reaches_it():
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`[A-Z_`<>, ]+`) \|.*\| ([a-z, ]+) \|$", page, re.MULTILINE)
    image = set(re.findall(r"(OXYPRIVACY_\w+)=", "\n".join(DOCKERFILE)))
    below_var = {"OXYPRIVACY_MEDIA", "OXYPRIVACY_ESCROW", "OXYPRIVACY_ARCHIVES"}
    services = {"all": list(OURS), "commands": ["maintain"], "the migration alone": ["migrate"]}
    missing = [
        (name, service)
        for names, holders in rows
        for name in re.findall(r"`([A-Z_]+)`", names)
        for holder in holders.split(", ")
        for service in services.get(holder, [holder])
        if not {name, f"{name}_FILE"} & (set(SERVICES[service]["environment"]) | image | below_var)
    ]
    assert missing == []
    assert len(rows) > 20


def test_compose_has_every_process_and_server():
    assert set(SERVICES) == {"web", "worker", "beat", "migrate", "maintain", "database", "queue", "mail"}
    assert set(OURS) == {"web", "worker", "beat", "migrate", "maintain"}


@pytest.mark.parametrize("name", OURS)
def test_service_starts_in_production_with_what_compose_gives_it(name, secrets):
    here = environment.read(variables_of(name, secrets))
    assert here.name == "production"
    assert here.process == ("manage" if name in {"migrate", "maintain"} else name)
    assert environment.database(here.database_url)["HOST"] in SERVICES
    assert here.redis_url.endswith("@queue:6379/0")
    assert here.email_url == "smtp://mail:1025"


@pytest.mark.parametrize("name", OURS)
def test_service_holds_its_own_database_roles_and_no_other(name):
    assert {secret for secret in SERVICES[name]["secrets"] if "database" in secret or "hosting" in secret} == HOLDS[name]
    assert not {f"{role}_password" for role in ("owner", "app", "retention", "hosting", "postgres")} & set(SERVICES[name]["secrets"])


@pytest.mark.parametrize("name", SERVICES)
def test_every_secret_that_a_service_names_is_declared_given_to_it_and_made(name, secrets):
    service = SERVICES[name]
    named = set(re.findall(r"/run/secrets/(\w+)", yaml.safe_dump([service.get("environment"), service.get("command")])))
    assert named <= set(service.get("secrets", []))
    for secret in service.get("secrets", []):
        file = Path(COMPOSE["secrets"][secret]["file"])
        assert file.parent == Path("deploy/secrets")
        assert (secrets / file.name).read_text()


def test_every_declared_secret_volume_and_network_is_used():
    for kind in ("secrets", "volumes", "networks"):
        used = {entry.split(":")[0] for service in SERVICES.values() for entry in service.get(kind, [])}
        assert {entry for entry in used if not entry.startswith(".")} == set(COMPOSE[kind])


def test_every_file_that_is_mounted_is_there():
    mounts = [entry.split(":")[0] for service in SERVICES.values() for entry in service.get("volumes", []) if entry.startswith(".")]
    assert mounts
    assert [mount for mount in mounts if not (ROOT / mount).exists()] == []


def test_database_is_made_by_the_script_that_is_mounted(secrets):
    script = ROOT / "deploy" / "postgres" / "init.sh"
    assert stat.S_IMODE(script.stat().st_mode) & 0o111
    named = set(re.findall(r"/run/secrets/(\w+)", script.read_text()))
    assert named == set(SERVICES["database"]["secrets"])
    assert "./deploy/postgres:/oxyprivacy:ro" in SERVICES["database"]["volumes"]
    assert (ROOT / "deploy" / "postgres" / "roles.sql").exists()
    passwords = {environment.database((secrets / name).read_text())["PASSWORD"] for name in HOLDS["migrate"]}
    assert passwords == {(secrets / f"{role}_password").read_text() for role in ("owner", "app", "retention")}


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_waits_for_exists_and_can_become_so(name):
    for other, wait in SERVICES[name].get("depends_on", {}).items():
        if wait["condition"] == "service_healthy":
            assert "healthcheck" in SERVICES[other]
        else:
            assert SERVICES[other]["restart"] == "no"


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_open_on_loopback_only_and_no_server_has_one(name):
    ports = SERVICES[name].get("ports", [])
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert bool(ports) == (name in {"web", "mail"})


@pytest.mark.parametrize("name", OURS)
def test_our_containers_may_do_nothing_but_their_work(name):
    service = OURS[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", ["web", "worker"])
def test_files_and_tombstones_are_on_volumes_where_the_settings_look(name, secrets):
    image = dict(re.findall(r"(OXYPRIVACY_\w+)=(\S+)", "\n".join(DOCKERFILE)))
    here = environment.read(variables_of(name, secrets) | image)
    mounted = {Path(entry.split(":")[1]) for entry in SERVICES[name]["volumes"]}
    # The web has no business with the ledger (ADR 10).
    assert mounted == ({here.media, here.escrow, here.archives} if name == "worker" else {here.media})


@pytest.mark.parametrize("name", OURS)
def test_command_names_a_program_of_the_image(name):
    command = SERVICES[name].get("command") or ["granian"]
    assert importlib.util.find_spec(command[0]) or command[:2] == ["python", "manage.py"]
    if command[0] == "celery":
        assert command[1:3] == ["--app", "oxyprivacy"]


def test_secrets_are_made_once_and_differ(secrets):
    before = {file.name: file.read_text() for file in secrets.iterdir()}
    subprocess.run([sys.executable, ROOT / "deploy" / "make_secrets.py", secrets], check=True)
    assert {file.name: file.read_text() for file in secrets.iterdir()} == before
    passwords = [text for name, text in before.items() if name.endswith(("_password", "_key"))]
    assert len(passwords) == len(set(passwords)) == 8
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    assert before[".gitignore"] == "*\n"


@pytest.mark.parametrize("name", ["web", "worker", "maintain", "beat"])
def test_a_connected_system_is_given_as_its_page_says(name, secrets, tmp_path):
    page = (ROOT / "docs" / "connectors.md").read_text(encoding="utf-8")
    said: dict[str, Any] = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)[0])
    service = said["services"][name]
    (secrets / "crm_url").write_text("postgresql://crm:secret@10.20.0.3/crm")
    assert Path(said["secrets"]["crm_url"]["file"]).parent == Path("deploy/secrets")
    assert {entry.split(":")[1] for entry in service["volumes"]} == {service["environment"]["OXYPRIVACY_CONNECTORS"]}

    given = {key: value.replace("/run/secrets", str(secrets)) for key, value in service["environment"].items()}
    here = environment.read(variables_of(name, secrets) | given)
    assert here.connectors == Path("/systems")
    assert set(here.connector_urls) == (set() if name == "beat" else {"CONNECTOR_URL_CRM"})
    assert ("secrets" in service) == (name != "beat")


def test_image_has_the_versions_that_are_tested_and_speaks_with_mysql():
    assert any("requirements/production.txt" in line for line in DOCKERFILE)

    def locked(name: str) -> set[str]:
        return set(re.findall(r"^\S+==\S+", (ROOT / "requirements" / f"{name}.txt").read_text(), re.MULTILINE))

    assert locked("production") - locked("base") == {line for line in locked("dev") if line.startswith("pymysql==")}
    assert locked("base") < locked("production") <= locked("dev")


def test_image_is_production_and_not_root():
    assert any("OXYPRIVACY_ENV=production" in line for line in DOCKERFILE if line.startswith("ENV"))
    assert [line for line in DOCKERFILE if line.startswith("USER")] == ["USER oxyprivacy"]
    assert not any("SECRET" in line for line in DOCKERFILE if line.startswith(("ENV", "ARG")))


def test_image_copies_what_exists_and_every_app_of_production():
    copied = [line.split()[1:-1] for line in DOCKERFILE if line.startswith("COPY") and "--from" not in line]
    sources = [Path(source) for line in copied for source in line]
    assert [source for source in sources if not (ROOT / source).exists()] == []
    apps = {app.partition(".")[0] for app in settings.INSTALLED_APPS}
    assert {app for app in apps if (ROOT / app).is_dir()} - {"demo"} <= {str(source) for source in sources}
    assert Path("demo") not in sources


def test_image_sees_what_it_copies_and_nothing_secret():
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    copied = [line.split()[1].rstrip("/") for line in DOCKERFILE if line.startswith("COPY") and "--from" not in line]
    assert [source for source in copied if not any(source == name or source.startswith(f"{name}/") for name in allowed)] == []
    assert not {"var", ".venv", ".git", "deploy", "deploy/secrets"} & set(allowed)

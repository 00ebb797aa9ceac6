"""Nothing leaves without the gate's yes: read from the source, so that a sender who forgets to ask is found, and tried at run time."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from accounts.personal_data.flows import PLANNING
from audit.actor import Actor
from datamap import gate
from datamap.disclosing import disclose
from datamap.models import Disclosure
from datamap.purposes import ACCOUNT, EVENT, EVIDENCE, NEWSLETTER, PARTNER, RECRUITMENT, RIGHTS, SERVICE, STATISTICS, SUPPORT
from letters import events
from letters import services as letters
from letters.models import Letter
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod, RestrictionGround
from tests.datamap.passing import open_way
from tests.test_house import sources

if TYPE_CHECKING:
    from collections.abc import Iterator

NORA = "nora@customer.example"

#: Rows that say that something leaves: whoever makes one is a sender.
LEAVING = ("Letter", "Disclosure")
MAKING = r"(\.\w+\.(a?create|a?bulk_create|a?get_or_create|a?update_or_create))?"
#: What talks to the world outside.
OUTSIDE = (
    "django.core.mail", "smtplib", "imaplib", "ftplib", "telnetlib", "http.client", "urllib.request", "urllib3", "requests", "httpx",
    "aiohttp", "socket", "websockets", "boto3", "botocore", "paramiko", "ldap3", "grpc",
)  # fmt: skip
#: Those who only carry what a sender was allowed to write, or who reach nobody.
CARRIERS = {
    "letters/mail.py": "makes the message of a letter that stands there",
    "letters/transport.py": "hands over that message",
    "letters/smtp.py": "hands over that message",
    "letters/services/sending.py": "takes letters that stand there to the mail server",
    "demo/mailbox.py": "keeps the mail of the demo in a folder of its own",
    "letters/incoming/sources.py": "fetches mail from our own letter box, and sends nothing",
    "connectors/outside/addresses.py": "asks where a name leads, and sends nothing",
    "connectors/outside/http.py": "carries what the mailing service may be told",
    "connectors/outside/mysql.py": "asks a declared database, and erases in it",
    "oxyprivacy/embedded/run.py": "asks its own server whether it is up",
}


def senders_who_forget(tree: ast.Module) -> Iterator[str]:
    """Functions, by name, that let something leave and did not ask before; what stands in no function is called by its line."""
    leaving, asking = _leaving_names(tree), _asking_functions(tree)
    for owner, body in _functions(tree):
        asked_from = min((call.lineno for call in _asks(body, asking)), default=None)
        for call in _calls(body):
            if re.fullmatch(leaving, ast.unparse(call.func)) and (asked_from is None or call.lineno < asked_from):
                yield owner or f"line {call.lineno}"


def _functions(tree: ast.Module) -> Iterator[tuple[str, list[ast.AST]]]:
    """Each function with its own nodes, and what stands outside of all of them."""
    owners: dict[str, list[ast.AST]] = {"": []}

    def walk(node: ast.AST, owner: str) -> None:
        for child in ast.iter_child_nodes(node):
            name = child.name if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else owner
            owners.setdefault(name, []).append(child)
            walk(child, name)

    walk(tree, "")
    yield from owners.items()


def _calls(nodes: list[ast.AST]) -> list[ast.Call]:
    return [node for node in nodes if isinstance(node, ast.Call)]


def _asks(nodes: list[ast.AST], asking: set[str]) -> list[ast.Call]:
    """Calls after which nobody goes on with a no: ``require``, a function of this file that requires, or an answer that is used."""
    ignored = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    return [
        call
        for call in _calls(nodes)
        if (name := ast.unparse(call.func)) in asking
        or name == "gate.require"
        or (name in {"gate.may_process", "gate.may_write_to"} and id(call) not in ignored)
    ]


def _asking_functions(tree: ast.Module) -> set[str]:
    return {owner for owner, nodes in _functions(tree) if owner and any(ast.unparse(call.func) == "gate.require" for call in _calls(nodes))}


def _leaving_names(tree: ast.Module) -> str:
    """A pattern of what lets something leave, under the names that this file gives it."""
    rows, outside = set(LEAVING), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            module = node.module or ""
            rows |= {alias.asname or alias.name for alias in node.names if alias.name in LEAVING}
            outside |= {alias.asname or alias.name for alias in node.names if _is_outside(module) or _is_outside(f"{module}.{alias.name}")}
        elif isinstance(node, ast.Import):
            outside |= {alias.asname or alias.name for alias in node.names if _is_outside(alias.name)}
    patterns = [rf"(.*\.)?({'|'.join(sorted(rows))}){MAKING}", *(rf"{re.escape(name)}(\..*)?" for name in sorted(outside))]
    return "|".join(f"({pattern})" for pattern in patterns)


def _is_outside(module: str) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in OUTSIDE)


def test_every_sender_asks_the_gate_first():
    forgetful = {f"{name}: {owner}" for name, tree in sources() if name not in CARRIERS for owner in senders_who_forget(tree)}

    assert forgetful == set()


def test_every_carrier_is_still_one():
    found = {name: tree for name, tree in sources() if name in CARRIERS}

    assert set(found) == set(CARRIERS)


FORGETFUL = [
    "from datamap.models import Disclosure\ndef pass_on(subject):\n    Disclosure.objects.create(subject=subject)",
    "from datamap.models import Disclosure as Row\ndef pass_on(subject):\n    Row(subject=subject).save()",
    "from datamap import models\ndef pass_on(rows):\n    models.Disclosure._base_manager.bulk_create(rows)",
    "from letters.models import Letter\ndef remind(to):\n    Letter.objects.create(recipient=to)",
    "from django.core.mail import send_mail\ndef remind(to):\n    send_mail('s', 't', None, [to])",
    "from django.core import mail\ndef remind(to):\n    mail.send_mail('s', 't', None, [to])",
    "import smtplib\ndef remind(to):\n    smtplib.SMTP('host').sendmail('a', to, 'x')",
    "import httpx\ndef count(visit):\n    httpx.post('https://stats.example', json=visit)",
    "import urllib.request\nurllib.request.urlopen('https://stats.example')",
    # Asked too late, asked without listening, asked by somebody else.
    "from datamap import gate\nfrom datamap.models import Disclosure\ndef f(s):\n    Disclosure(subject=s)\n    gate.require(gate.may_process(subject=s, purpose='x'))",
    "from datamap import gate\nfrom datamap.models import Disclosure\ndef f(s):\n    gate.may_process(subject=s, purpose='x')\n    Disclosure(subject=s)",
    "from datamap import gate\nfrom datamap.models import Disclosure\ndef a(s):\n    gate.require(gate.may_process(subject=s, purpose='x'))\ndef b(s):\n    Disclosure(subject=s)",
]  # fmt: skip
HONEST = [
    "from datamap import gate\nfrom datamap.models import Disclosure\ndef f(s):\n    gate.require(gate.may_process(subject=s, purpose='x'))\n    Disclosure(subject=s)",
    "from datamap import gate\nimport httpx\ndef f(s):\n    if gate.may_process(subject=s, purpose='x'):\n        httpx.post('https://stats.example')",
    "from datamap import gate\nfrom letters.models import Letter\ndef ask(to):\n    gate.require(gate.may_write_to(email=to, purpose='x'))\ndef f(to):\n    ask(to)\n    Letter.objects.create(recipient=to)",
]  # fmt: skip


@pytest.mark.parametrize("source", FORGETFUL)
def test_a_sender_who_forgets_is_found(source):
    assert list(senders_who_forget(ast.parse(source)))


@pytest.mark.parametrize("source", HONEST)
def test_a_sender_who_asks_is_left_in_peace(source):
    assert list(senders_who_forget(ast.parse(source))) == []


def test_the_rule_sees_the_senders_that_there_are():
    """Without its question each of them would be found: the rule looks at them at all."""
    for name, tree in sources():
        if name in {"letters/services/writing.py", "datamap/disclosing.py"}:
            silent = ast.parse(ast.unparse(tree).replace("gate.", "nobody."))
            assert list(senders_who_forget(silent)), name


def test_every_letter_says_what_it_is_for():
    assert {name for name, event in events.EVENTS.items() if event.purpose is None} == set()
    known = {RIGHTS, EVIDENCE, ACCOUNT, RECRUITMENT, NEWSLETTER, SUPPORT, EVENT, PARTNER}
    assert {event.purpose for event in events.EVENTS.values()} == known
    assert {name for name, event in events.EVENTS.items() if event.is_own_act} == {
        "account_mail",
        "application_received",
        "event_confirm",
        "event_registered",
        "interest_confirm",
        "newsletter_confirm",
        "pool_left",
        "pool_left_later",
        "security_policy",
    }


@pytest.fixture
def nora(at):
    return subjects.subject_for(identifiers=[(IdentifierKind.EMAIL, NORA)], method=IdentityMethod.MAILBOX, at=at)


def restrict(subject, at):
    return subjects.restrict(subject_id=subject.pk, ground=RestrictionGround.CLAIMS, actor=Actor.system("test"), at=at)


def write(event, at):
    values = {"access_code": {"reference": "R-7KQ4-M2"}, "account_mail": {"subject": "Hello", "lines": ["One."]}}[event]
    secrets = {"access_code": {"code": "481 516"}, "account_mail": {}}[event]
    return letters.write(event=event, language="en", to=NORA, about="accounts.address", values=values, secrets=secrets, at=at)


@pytest.mark.django_db
@pytest.mark.parametrize("purpose", [ACCOUNT, SERVICE, STATISTICS])
def test_no_letter_for_another_purpose_reaches_somebody_restricted(nora, at, monkeypatch, purpose):
    planted = {**events.EVENTS, "access_code": events.Event(frozenset({"reference"}), frozenset({"code"}), purpose=purpose)}
    monkeypatch.setattr(events, "EVENTS", planted)
    write("access_code", at)
    restrict(nora, at)

    with pytest.raises(gate.Stopped, match="set aside"):
        write("access_code", at)
    assert Letter.objects.count() == 1


@pytest.mark.django_db
def test_letters_about_their_own_request_and_account_reach_them(nora, at):
    restrict(nora, at)

    assert {write(event, at).recipient for event in ("access_code", "account_mail")} == {NORA}


@pytest.mark.django_db
def test_a_letter_that_says_nothing_of_its_purpose_is_not_written(at, monkeypatch):
    monkeypatch.setattr(events, "EVENTS", {**events.EVENTS, "access_code": events.Event(frozenset({"reference"}), frozenset({"code"}))})

    with pytest.raises(events.NoPurpose):
        write("access_code", at)
    assert not Letter.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["subject", "email", "both"])
def test_nothing_of_somebody_restricted_is_passed_on(nora, at, who):
    open_way("calendly")
    named = {"subject": {"subject": nora}, "email": {"email": NORA}, "both": {"subject": nora, "email": NORA}}[who]
    told = {"recipient": "calendly", "fields": ["name"], "actor": Actor.system("test"), "at": at, **named}
    for_rights = replace(PLANNING, purpose=RIGHTS)
    disclose(flow=PLANNING, **told)
    restrict(nora, at)

    with pytest.raises(gate.Stopped):
        disclose(flow=PLANNING, **told)
    disclose(flow=for_rights, **told)
    assert list(Disclosure.objects.order_by("pk").values_list("purpose", flat=True)) == ["support", "rights"]

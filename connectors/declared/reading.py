"""From a TOML file to a ``System``. Nothing is guessed: what is missing, unknown or of another kind is a finding, and all are told at once."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

from dateutil.relativedelta import relativedelta

from connectors.declared import coherence
from connectors.declared.shapes import (
    Column,
    Connection,
    Delete,
    Empty,
    Finding,
    Identity,
    Join,
    Keep,
    Part,
    Period,
    PullSystem,
    Reach,
    SqlSystem,
    Stop,
    System,
    Table,
    WrongDeclaration,
)
from connectors.declared.taking import NAME, Taker
from datamap.enums import Category, Ground, Origin, Role
from datamap.purposes import PURPOSES
from subjects.enums import IdentifierKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from connectors.declared.shapes import Erasing

KEY = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
#: What is written down of a system and of its rules has so much room.
LONGEST_KEY, LONGEST_CODE = 48, 26
#: The environment names secrets; a file never holds one.
VARIABLE = re.compile(r"CONNECTOR_URL(_[A-Z0-9]+)+")
#: Why the law keeps what somebody wants erased (Art. 17(3)), or why there is nothing to erase (Art. 17(1)).
KEEPING = frozenset(
    {
        Ground.LEGAL_OBLIGATION,
        Ground.LEGAL_CLAIMS,
        Ground.FREEDOM_EXPRESSION,
        Ground.PUBLIC_HEALTH,
        Ground.ARCHIVE_RESEARCH,
        Ground.NO_ERASURE_GROUND,
        Ground.NOT_CONTROLLER,
    }
)
ARTICLE = re.compile(r".*\d.*")
#: A description of a system is short; what is longer is something else.
LONGEST = 1_000_000


def read_file(path: Path) -> System:
    """One file.

    Raises:
        WrongDeclaration: with everything that is wrong.
    """
    try:
        text = path.read_bytes()[: LONGEST + 1].decode()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise WrongDeclaration((Finding(path.name, "", f"it cannot be read: {reason}."),)) from error
    return read(text, file=path.name)


def read(text: str, *, file: str) -> System:
    """The text of one file, which ``file`` names in findings.

    Raises:
        WrongDeclaration: with everything that is wrong.
    """
    if len(text) > LONGEST:
        raise WrongDeclaration((Finding(file, "", "it is longer than a declaration can be."),))
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WrongDeclaration((Finding(file, "", f"it is no TOML: {error}."),)) from error
    except (ValueError, RecursionError) as error:
        raise WrongDeclaration((Finding(file, "", "it is no TOML: it is nested without end, or a number is."),)) from error
    top = Taker(file=file, content=content)
    system = _pull(top) if top.one_of("kind", ("sql", "pull")) == "pull" else _sql(top)
    top.end()
    if not top.findings and isinstance(system, SqlSystem):
        top.findings += coherence.findings(system)
    if top.findings:
        raise WrongDeclaration(tuple(top.findings))
    return system


def _common(top: Taker, *, tables: frozenset[str]) -> dict[str, Any]:
    key = _called(top, "key", most=LONGEST_KEY)
    return {
        "file": top.file,
        "key": key,
        "label": top.words("label"),
        "origin": top.words("origin"),
        "category": top.choice("category", Category),
        "role": top.choice("role", Role),
        "recipients": tuple(top.texts("recipients", is_required=False)),
        "periods": tuple(_period(each, key, tables) for each in top.list("retention")),
    }


def _called(taker: Taker, key: str, *, most: int) -> str:
    found = taker.matching(key, KEY)
    if len(found) > most:
        taker.find(key, f"it is longer than {most} characters.")
    return found


def _sql(top: Taker) -> SqlSystem:
    tables = tuple(_table(each, name) for name, each in top.each("tables"))
    connection = _connection(top.inner("connection"))
    return SqlSystem(**_common(top, tables=frozenset(table.name for table in tables)), connection=connection, tables=tables)


def _pull(top: Taker) -> PullSystem:
    parts = tuple(_part(each, name) for name, each in top.each("parts"))
    return PullSystem(**_common(top, tables=frozenset(part.name for part in parts)), parts=parts)


def _connection(taker: Taker) -> Connection:
    found = Connection(
        variable=taker.matching("url", VARIABLE, hint="the name of a variable, such as CONNECTOR_URL_CRM; never the URL itself"),
        engine=taker.one_of("engine", ("postgresql", "mysql")),  # type: ignore[arg-type]  # one of exactly these
        tls=taker.one_of("tls", ("verify-full", "require", "off"), default="verify-full"),  # type: ignore[arg-type]
        ca=taker.text("ca", is_required=False),
    )
    taker.end()
    return found


def _table(taker: Taker, name: str) -> Table:
    if not NAME.fullmatch(name) or name != name.lower():
        taker.find("", "a table is called by lower-case letters, digits and underscores.")
    schema, _dot, table = taker.text("table").rpartition(".")
    for one in filter(None, (schema, table)):
        if not NAME.fullmatch(one):
            taker.find("table", f"{one!r} is no plain name.")
    found = Table(
        name=name,
        schema=schema,
        table=table,
        key=taker.name("key"),
        label=taker.words("label"),
        columns=tuple(_column(each, column, is_sql=True) for column, each in taker.each("columns", is_required=False)),
        unlisted=_unlisted(taker),
        identities=tuple(_identity(each) for each in taker.list("identity", is_required=False)),
        joins=tuple(_join(each) for each in taker.list("join", is_required=False)),
        stops=tuple(_stop(each) for each in taker.list("stop", is_required=False)),
        reaches=tuple(_reach(each) for each in taker.list("reach", is_required=False)),
        erasing=_erasing(taker.inner("erase")),
    )
    taker.end()
    return found


def _part(taker: Taker, name: str) -> Part:
    if not NAME.fullmatch(name) or name != name.lower():
        taker.find("", "a part is called by lower-case letters, digits and underscores.")
    columns = tuple(_column(each, column, is_sql=False) for column, each in taker.each("columns"))
    found = Part(name=name, label=taker.words("label"), columns=columns)
    taker.end()
    return found


def _column(taker: Taker, name: str, *, is_sql: bool) -> Column:
    if not NAME.fullmatch(name):
        taker.find("", f"{name!r} is no plain name.")
    found = Column(
        name=name,
        label=taker.words("label"),
        origin=taker.choice("origin", Origin),
        purposes=_purposes(taker),
        is_rectifiable=taker.flag("rectifiable") if is_sql else False,
        is_channel=taker.flag("channel") if is_sql else False,
    )
    taker.end()
    return found


def _purposes(taker: Taker) -> tuple[str, ...]:
    purposes = tuple(taker.texts("purposes"))
    for code in purposes:
        if code not in PURPOSES:
            taker.find("purposes", f"{code!r} is no purpose that the policy names.")
    return purposes


def _unlisted(taker: Taker) -> Mapping[str, str]:
    found = taker.mapping("unlisted")
    for column, reason in found.items():
        if not NAME.fullmatch(column):
            taker.find("unlisted", f"{column!r} is no plain name.")
        if not reason.strip():
            taker.find(f"unlisted.{column}", "a column that is not handed over needs a reason.")
    return found


def _identity(taker: Taker) -> Identity:
    found = Identity(column=taker.name("column"), kind=taker.choice("kind", IdentifierKind), is_exact=taker.flag("exact"))
    taker.end()
    return found


def _join(taker: Taker) -> Join:
    found = Join(table=taker.text("table"), ours=taker.name("ours"), theirs=taker.name("theirs"))
    taker.end()
    return found


def _stop(taker: Taker) -> Stop:
    found = Stop(column=taker.name("column"), purposes=_purposes(taker), to=taker.plain("to"))
    taker.end()
    return found


def _reach(taker: Taker) -> Reach:
    found = Reach(
        kind=taker.one_of("kind", ("PHONE", "POSTAL")),  # type: ignore[arg-type]  # one of exactly these
        columns=tuple(taker.names("columns")),
    )
    if found.kind == "PHONE" and len(found.columns) > 1:
        taker.find("columns", "a telephone number stands in one column.")
    taker.end()
    return found


def _erasing(taker: Taker) -> Erasing:
    action = taker.one_of("action", ("delete", "empty", "keep"))
    found: Erasing = Delete()
    if action == "empty":
        found = Empty(columns=tuple(taker.names("null")))
    elif action == "keep":
        found = _keep(taker)
    taker.end()
    return found


def _keep(taker: Taker) -> Keep:
    along = taker.text("along", is_required=False)
    ground = taker.choice("ground", Ground)
    if ground not in {None, *KEEPING}:
        taker.find("ground", f"{ground} keeps nothing from an erasure; what does are {', '.join(sorted(KEEPING))}.")
    return Keep(
        ground=ground,
        article=taker.matching("article", ARTICLE, hint="an article of a law, by its number"),
        trigger="" if along else taker.name("from"),
        holds=taker.one_of("holds", ("instant", "day"), default="day"),  # type: ignore[arg-type]  # one of exactly these
        keep_for=relativedelta() if along else _length(taker),
        along=along,
        nulled=tuple(taker.names("null", is_required=False)),
    )


def _period(taker: Taker, system: str, tables: frozenset[str]) -> Period:
    code = _called(taker, "code", most=LONGEST_CODE)
    table = taker.text("table")
    if table and table not in tables:
        taker.find("table", f"{table!r} is none of the tables.")
    found = Period(
        code=f"{system}.{code}",
        table=table,
        trigger=taker.name("from"),
        holds=taker.one_of("holds", ("instant", "day"), default="instant"),  # type: ignore[arg-type]  # one of exactly these
        keep_for=_length(taker),
        label=taker.words("label"),
        ground=taker.words("ground"),
    )
    taker.end()
    return found


def _length(taker: Taker) -> relativedelta:
    years, months, days = (taker.number(name) for name in ("years", "months", "days"))
    if not (years or months or days):
        taker.find("", "it needs a period: years, months or days.")
    return relativedelta(years=years, months=months, days=days)

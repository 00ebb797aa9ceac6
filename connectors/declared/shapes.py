"""A declared system as values. Whatever stands here was checked by ``reading``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from dateutil.relativedelta import relativedelta

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from datamap.enums import Category, Ground, Origin, Role
    from subjects.enums import IdentifierKind

#: Words by language: "en", "fr" and "nl", all three of them.
Words: TypeAlias = "Mapping[str, str]"
Engine: TypeAlias = Literal["postgresql", "mysql"]
Tls: TypeAlias = Literal["verify-full", "require", "off"]
#: Where no mail goes, and a person can be told something nevertheless.
ByHand: TypeAlias = Literal["PHONE", "POSTAL"]
#: Whether a column holds an instant or a day, from which a period counts.
Holds: TypeAlias = Literal["instant", "day"]


class WrongDeclaration(ValueError):
    """A file is not a declaration; ``findings`` are all the reasons."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        self.findings = findings
        super().__init__("\n".join(map(str, findings)))


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: in which file, at which key ("tables.orders.erase.ground"), and why."""

    file: str
    key: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: {self.reason}" if self.key else f"{self.file}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Column:
    """One personal field of a table. ``is_channel``: an e-mail address of the person's, to which an erasure is announced."""

    name: str
    label: Words
    origin: Origin
    purposes: tuple[str, ...]
    is_rectifiable: bool = False
    is_channel: bool = False


@dataclass(frozen=True, slots=True)
class Identity:
    """A column that says whose a row is. ``is_exact``: it holds what we hold, letter by letter, so that its own index serves."""

    column: str
    kind: IdentifierKind
    is_exact: bool = False


@dataclass(frozen=True, slots=True)
class Join:
    """Rows belong to whom the row of ``table`` belongs to whose ``theirs`` equals our ``ours``."""

    table: str
    ours: str
    theirs: str


@dataclass(frozen=True, slots=True)
class Delete:
    """The row goes."""


@dataclass(frozen=True, slots=True)
class Empty:
    """The row stays and names nobody any more: these columns become NULL."""

    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Keep:
    """The row stays because of a law: for ``keep_for`` counted from ``trigger``, after which an erasure takes it; or, without these, for as long
    as a kept row of the table ``along`` hangs on it, or as it hangs on one. ``nulled`` columns go at once.
    """

    ground: Ground
    article: str
    trigger: str = ""
    holds: Holds = "day"
    keep_for: relativedelta = field(default_factory=relativedelta)
    along: str = ""
    nulled: tuple[str, ...] = ()


Erasing: TypeAlias = "Delete | Empty | Keep"


@dataclass(frozen=True, slots=True)
class Stop:
    """Where one of ``purposes`` ends for a person (Art. 7(3), 21), ``column`` becomes ``to`` in each row of theirs."""

    column: str
    purposes: tuple[str, ...]
    to: bool | int | str


@dataclass(frozen=True, slots=True)
class Reach:
    """``columns`` that together are a telephone number or a postal address of the person's: somebody tells them there of an erasure, by hand."""

    kind: ByHand
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a system. ``name`` is its part, ``schema`` and ``table`` where it lies."""

    name: str
    schema: str
    table: str
    key: str
    label: Words
    columns: tuple[Column, ...]
    unlisted: Mapping[str, str]
    identities: tuple[Identity, ...]
    joins: tuple[Join, ...]
    stops: tuple[Stop, ...]
    reaches: tuple[Reach, ...]
    erasing: Erasing


@dataclass(frozen=True, slots=True)
class Period:
    """A retention rule: rows of ``table`` go when ``keep_for`` is over after ``trigger``."""

    code: str
    table: str
    trigger: str
    holds: Holds
    keep_for: relativedelta
    label: Words
    ground: Words


@dataclass(frozen=True, slots=True)
class Connection:
    """Where the database is met. ``variable`` names the environment variable that holds its URL."""

    variable: str
    engine: Engine
    tls: Tls
    ca: str


@dataclass(frozen=True, slots=True)
class Part:
    """What a system without a connector holds: one kind of row, with the fields that it hands over."""

    name: str
    label: Words
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class System:
    """What every system says of itself."""

    file: str
    key: str
    label: Words
    origin: Words
    category: Category
    role: Role
    recipients: tuple[str, ...]
    periods: tuple[Period, ...]


@dataclass(frozen=True, slots=True)
class SqlSystem(System):
    """A database whose tables are asked by us."""

    connection: Connection
    tables: tuple[Table, ...]

    def table(self, name: str) -> Table:
        return next(table for table in self.tables if table.name == name)

    def children(self, name: str) -> Iterator[tuple[Table, Join]]:
        """Tables that hang on one, each with the join that says so."""
        for table in self.tables:
            yield from ((table, join) for join in table.joins if join.table == name)

    def children_first(self) -> list[Table]:
        """Tables in an order in which none comes before what hangs on it."""
        found: list[Table] = []

        def add(table: Table) -> None:
            for child, _join in self.children(table.name):
                add(child)
            if table not in found:
                found.append(table)

        for table in self.tables:
            add(table)
        return found


@dataclass(frozen=True, slots=True)
class PullSystem(System):
    """A system that asks us for its tasks, and answers them."""

    parts: tuple[Part, ...]

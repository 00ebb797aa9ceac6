"""Whether what is about to leave is what ``static/schemas/portability-1.json`` promises: read back from the very bytes, and
more strictly than a schema can say it, since each value must be of the type that its column declares.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from django.conf import settings

SCHEMA = Path(settings.BASE_DIR) / "static" / "schemas" / "portability-1.json"
FORMAT = "oxyprivacy.portability.1"
VERSION = 1

Check: TypeAlias = "Callable[[Any], bool]"


class NotConforming(Exception):
    """A document is not what its schema promises; it must not leave. Says where, never what stands there."""


def check_manifest(written: bytes) -> None:
    """Raises ``NotConforming``."""
    _insist(_manifest(_read(written)), "manifest.json")


def check_table(head: bytes, *, path: str) -> None:
    """Check a table that has no rows yet. Raises ``NotConforming``."""
    _insist(_table(_read(head)), path)


def rows_checker(fields: Sequence[Mapping[str, str]], *, path: str) -> Callable[[bytes], None]:
    """What checks the rows of such a table, some at a time, as written between the brackets."""
    types = {field["name"]: _VALUES[field["type"]] for field in fields}

    def check(written: bytes) -> None:
        for row in _read(b"[" + written + b"]"):
            same = type(row) is dict and row.keys() == types.keys()
            _insist(same and all(value is None or types[name](value) for name, value in row.items()), path)

    return check


def _read(written: bytes) -> Any:
    try:
        return json.loads(written, parse_constant=_refuse, object_pairs_hook=_once)
    except ValueError as error:
        raise NotConforming("not JSON") from error


def _refuse(constant: str) -> None:
    raise NotConforming(constant)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    _insist(len(found) == len(pairs), "a name stands twice")
    return found


def _insist(conforms: bool, where: str) -> None:  # noqa: FBT001 - it reads as a sentence
    if not conforms:
        raise NotConforming(where)


def _text(pattern: str = r"(?s).+") -> Check:
    form = re.compile(pattern)
    return lambda value: type(value) is str and form.fullmatch(value) is not None


def _one_of(*allowed: object) -> Check:
    return lambda value: any(type(value) is type(one) and value == one for one in allowed)


def _many(check: Check, *, least: int = 0) -> Check:
    return lambda value: type(value) is list and len(value) >= least and all(map(check, value))


def _shaped(**checks: Check) -> Check:
    return lambda value: type(value) is dict and value.keys() == checks.keys() and all(checks[name](value[name]) for name in checks)


def _controller(value: Any) -> bool:
    is_named = type(value) is dict and {"name", "privacy_email", "phone", "officer"} <= value.keys()
    return is_named and all(type(words) is str for words in value.values())


def _at_least(least: int) -> Check:
    return lambda value: type(value) is int and value >= least


_words = _text()
_key = _text(r"[A-Za-z0-9_.]+")
_column = _text(r"[A-Za-z][A-Za-z0-9_]*")
_path = _text(r"[^/\\]+(/[^/\\]+)*")
_moment = _text(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})")

_VALUES: Mapping[str, Check] = {
    "string": lambda value: type(value) is str,
    "integer": lambda value: type(value) is int,
    "number": lambda value: type(value) in {int, float},
    "boolean": lambda value: type(value) is bool,
    "date": _text(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    "date-time": _moment,
    "decimal": _text(r"-?[0-9]+(\.[0-9]+)?"),
}

_field = _shaped(name=_column, label=_words, type=_one_of(*_VALUES), origin=_one_of("provided", "observed"))
_HEAD: Mapping[str, Check] = {"format": _one_of(FORMAT), "schema": _words, "case": _text(r"[A-Z0-9][A-Z0-9-]{3,23}")}

_table = _shaped(
    **_HEAD,
    document=_one_of("table"),
    source=_key,
    part=_key,
    label=_words,
    fields=_many(_field, least=1),
    rows=_one_of([]),
)

_manifest = _shaped(
    **_HEAD,
    document=_one_of("manifest"),
    schema_version=_one_of(VERSION),
    generated_at=_moment,
    language=_one_of("en", "fr", "nl"),
    controller=_controller,
    tables=_many(_shaped(source=_key, part=_key, label=_words, rows=_at_least(0), json=_path, csv=_path, fields=_many(_field, least=1))),
    given=_many(_shaped(source=_key, path=_path)),
    left_out=_many(_shaped(source=_key, field=_words, label=_words, reason=_one_of("NOT_PORTABLE_BASIS", "NOT_PROVIDED", "NOT_AUTOMATED"))),
    withheld=_many(
        _shaped(
            source=_key,
            part=_key,
            field=_column,
            row=_at_least(1),
            ground=_one_of("THIRD_PARTY_RIGHTS", "MEMBER_STATE_RESTRICTION"),
        )
    ),
    files=_many(_shaped(path=_path, size=_at_least(0), sha256=_text(r"[0-9a-f]{64}")), least=1),
)

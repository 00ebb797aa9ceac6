"""Calls made from the schema: what it allows, and what it does not. Small, because the schema uses few words."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from api import schema as schemas
from tests.api import cast

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Values that stand where another kind is wanted.
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=300),
    st.sampled_from(["", "\x00", "\ud800", "'; --", "x" * 5000, "١٢٣", "2026-13-45T99:99:99Z", "🙂" * 300, "${7*7}", "\u202e"]),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=4), st.integers(), max_size=3),
)
EMAILS = st.builds(
    "{}@{}.example".format, st.text("abcxyz.-+", min_size=1, max_size=9).filter(str.isalpha), st.text("abc", min_size=1, max_size=9)
)
TIMES = st.datetimes().map(lambda at: at.isoformat(timespec="seconds") + "Z")
COUNTS = st.dictionaries(st.sampled_from(["tickets", "calls", "nothing"]), st.integers(0, 9), max_size=2)
#: Texts of which the schema says no more than that they are some.
WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=40)
#: Values that a description names, where generated ones would never be right.
KNOWN: Mapping[str, list[str]] = {
    "ip": ["192.0.2.7", "2001:db8::1", "999.1.1.1"],
    "referrer": ["https://partner.example/a?b=c", "", "nonsense"],
    "reference": ["R-0000-00", "R-7KQ4-M2"],
    "site": ["oxygis.be", "nowhere.example"],
    "category": ["analytics", "x"],
    "text": ["It is wrong."],
    "name": ["Noor Vermeulen"],
    "value": ["noor@customer.example", "00000000-0000-7000-8000-000000000001"],
    "recipient": ["calendly", "nobody"],
    "fields": ["name"],
    "part": ["tickets", "calls", "nothing"],
    "article": ["Art. III.86 WER"],
    "ground": ["LEGAL_OBLIGATION", "x"],
    "country": ["BE", ""],
    "task_id": ["00000000-0000-7000-8000-000000000001"],
}
FENCES = st.one_of(st.just(1), st.integers(0, 1000))
LINES = st.lists(st.sampled_from([b'{"part": "tickets", "key": "1", "values": {"subject": "Help"}}', b"", b'{"part": 1}', b"[", b"\xff"]))


@dataclass(frozen=True, slots=True)
class Operation:
    path: str
    method: str
    told: Mapping[str, Any] = field(repr=False)

    @property
    def scope(self) -> str:
        return str(self.told["security"][0][schemas.TOKEN][0])

    @property
    def takes_lines(self) -> bool:
        return "application/x-ndjson" in self.told.get("requestBody", {}).get("content", {})

    @property
    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = self.told.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
        return found


@dataclass(frozen=True, slots=True)
class Call:
    """``is_right``: nothing of it is what the schema does not allow."""

    path: str
    body: bytes
    kind: str
    headers: Mapping[str, str]
    who: str
    is_right: bool


def operations() -> list[Operation]:
    """Those that take a token."""
    found = schemas.operations(schemas.made())
    return [Operation(path, method.upper(), told) for path, method, told in found if told["security"]]


def values(part: Mapping[str, Any], name: str = "") -> st.SearchStrategy[Any]:
    """What a part of the schema allows."""
    told = _whole(part)
    if "enum" in told:
        return st.sampled_from(told["enum"])
    whole = FENCES if name == "fence" else st.integers(min_value=0, max_value=1000)
    plain: Mapping[str, st.SearchStrategy[Any]] = {"boolean": st.booleans(), "integer": whole}
    if (kind := told.get("type")) in plain:
        return plain[kind]
    if kind == "object":
        return _objects(told) if told.get("properties") else COUNTS
    if kind == "array":
        return st.lists(values(told["items"], name), min_size=told.get("minItems", 0), max_size=min(told.get("maxItems", 3), 3))
    by_format = {"email": EMAILS, "date-time": TIMES, "uuid": st.uuids().map(str), "date": st.dates().map(str)}
    found = by_format.get(told.get("format", ""), WORDS)
    return st.one_of(st.sampled_from(KNOWN[name]), found) if name in KNOWN else found


def _objects(told: Mapping[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    needed = set(told.get("required", ()))
    fields = {name: values(part, name) for name, part in told.get("properties", {}).items()}
    always = {name: strategy for name, strategy in fields.items() if name in needed}
    return st.fixed_dictionaries(always, optional={name: strategy for name, strategy in fields.items() if name not in needed})


def _whole(part: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(part)
    for together in ("allOf", "oneOf"):
        if together in found:
            found = dict(found[together][0])
    return schemas.resolved(schemas.made(), found)


@st.composite
def calls(draw: st.DrawFn, operation: Operation, *, right: bool) -> Call:
    """A call as the schema wants it; or with something wrong in the body, the headers, the address or the token."""
    body = draw(values(operation.body)) if operation.body else None
    path = draw(_paths(operation))
    headers = {"HTTP_IDEMPOTENCY_KEY": cast.new_key()} if operation.method == "POST" else {}
    data, kind, who = b"" if body is None else json.dumps(body).encode(), "application/json", "right"
    if operation.takes_lines:
        data, kind = (
            draw(st.one_of(LINES.map(lambda some: b"\n".join(some) + b"\n"), st.binary(min_size=1, max_size=100))),
            "application/x-ndjson",
        )
        path = f"{path}?fence={draw(FENCES)}"
    if right:
        return Call(path, data, kind, headers, who, is_right=True)
    wrong = draw(st.sampled_from(["body", "bytes", "kind", "key", "query", "token", "path"]))
    if wrong == "body" and body is not None:
        data = json.dumps(draw(spoilt(body))).encode()
    elif wrong == "bytes":
        data = draw(st.binary(max_size=200))
    elif wrong == "kind":
        kind = draw(
            st.sampled_from(["", "text/plain", "application/xml", "multipart/form-data; boundary=x", "application/json; charset=x"])
        )
    elif wrong == "key":
        headers = draw(st.sampled_from([{}, {"HTTP_IDEMPOTENCY_KEY": "short"}, {"HTTP_IDEMPOTENCY_KEY": "\xff" * 20}]))
    elif wrong == "query":
        path = f"{path}{'&' if '?' in path else '?'}{draw(st.sampled_from(['cursor=x', 'cursor=' + 'A' * 22, 'a=%00', 'token=x', 'cursor=%ff', '&&==']))}"
    elif wrong == "path" and "{" in operation.path:
        path = operation.path
        for name in _names(operation.path):
            path = path.replace(f"{{{name}}}", draw(st.sampled_from(["%00", "é", "x" * 300, "..", "%2F", "-1", "'"])))
    else:
        who = draw(st.sampled_from(["nobody", "stranger", "scopeless", "revoked", "ended"]))
    return Call(path, data, kind, headers, who, is_right=False)


@st.composite
def spoilt(draw: st.DrawFn, body: dict[str, Any]) -> Any:
    """The same with a field missing, too many, or of another kind, somewhere in it."""
    spoilt = json.loads(json.dumps(body))
    inner = spoilt
    while nested := [value for value in inner.values() if isinstance(value, dict) and value]:
        if not draw(st.booleans()):
            break
        inner = draw(st.sampled_from(nested))
    if not inner:
        return {"nothing": draw(JUNK)}
    name = draw(st.sampled_from(sorted(inner)))
    how = draw(st.sampled_from(["missing", "junk", "more", "within"]))
    if how == "missing":
        del inner[name]
    elif how == "more":
        inner[draw(st.text(max_size=12))] = draw(JUNK)
    elif how == "within" and isinstance(inner[name], list) and inner[name]:
        inner[name][0] = draw(JUNK)
    else:
        inner[name] = draw(JUNK)
    return spoilt


def _names(path: str) -> list[str]:
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


@st.composite
def _paths(draw: st.DrawFn, operation: Operation) -> str:
    parts = {one["name"]: one["schema"] for one in operation.told.get("parameters", ()) if one["in"] == "path"}
    path = operation.path
    for name in _names(path):
        known = st.sampled_from(KNOWN[name]) if name in KNOWN else values(parts[name])
        path = path.replace(f"{{{name}}}", draw(known))
    return path

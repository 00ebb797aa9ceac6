"""What an archive is, as a line of JSON that lies beside it in every place: so a catalogue that is lost can be made again. It is signed under the key
that opens archives, since anybody can encrypt to us.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID, uuid4

from dateutil.relativedelta import relativedelta
from django.conf import settings

from datamap.files import keys

#: "Up to 12 months" (policy VII). Nothing is written that would stay longer.
LONGEST: Final = relativedelta(months=12)
#: Of a manifest, in bytes; ours are a tenth of it.
LARGEST: Final = 1 << 14
KIND = re.compile(r"[a-z]{1,20}", re.ASCII)
#: ``<kind>/<the second it expires>-<id>``: a storage that knows nothing else knows until when it must keep this.
NAME = re.compile(r"(?P<kind>[a-z]{1,20})/(?P<expires>\d{8}T\d{6}Z)-(?P<id>[0-9a-f]{32})", re.ASCII)


class NotOurs(Exception):
    """What lies there was not written by us, or was changed."""


class KeptTooLong(ValueError):
    """No archive is kept for more than twelve months, and none ends before it begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What is known before anything is written. ``about`` says whose archive it is, ``details`` what a restore must know: no personal data.

    Raises:
        KeptTooLong: see its words.
    """

    kind: str
    about: str
    taken_at: datetime
    expires_at: datetime
    details: Mapping[str, str | int] = field(default_factory=dict)
    id: UUID = field(default_factory=uuid4)

    def __post_init__(self) -> None:
        if not KIND.fullmatch(self.kind):
            raise ValueError(self.kind)
        if not self.taken_at < self.expires_at <= self.taken_at.astimezone(UTC) + LONGEST:
            raise KeptTooLong

    @property
    def name(self) -> str:
        """The second after which it may go: never before the instant itself."""
        return f"{self.kind}/{_whole(self.expires_at):%Y%m%dT%H%M%SZ}-{self.id.hex}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A written archive. ``size`` and ``digest`` (SHA-256) are those of what went in, ``stored`` and ``seal`` those of the file as it lies there."""

    label: Label
    size: int
    digest: str
    stored: int
    seal: str

    @property
    def name(self) -> str:
        return self.label.name

    def text(self) -> str:
        told = asdict(self)
        told["label"] |= {
            "id": str(self.label.id),
            "taken_at": self.label.taken_at.astimezone(UTC).isoformat(),
            "expires_at": self.label.expires_at.astimezone(UTC).isoformat(),
        }
        body = json.dumps(told, sort_keys=True)
        return json.dumps({"body": body, "signature": _signature(body, settings.ARCHIVE_KEYS[0])})

    @classmethod
    def read(cls, told: bytes) -> Manifest:
        """Raises ``NotOurs`` for whatever ``text()`` did not write under a key of ours, whatever a broken disk makes of it."""
        try:
            signed = json.loads(told.decode())
            body, signature = str(signed["body"]), str(signed["signature"])
            if not any(hmac.compare_digest(signature, _signature(body, key)) for key in settings.ARCHIVE_KEYS):
                raise NotOurs
            facts = json.loads(body)
            label = facts.pop("label")
            label |= {name: datetime.fromisoformat(label[name]) for name in ("taken_at", "expires_at")}
            return cls(label=Label(**label | {"id": UUID(label["id"])}), **facts)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise NotOurs from error


def expires_at(name: str) -> datetime:
    """Until when an archive of this name stays.

    Raises:
        NotOurs: it is no name of an archive.
    """
    match = NAME.fullmatch(name)
    if match is None:
        raise NotOurs
    return datetime.strptime(match["expires"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def _whole(moment: datetime) -> datetime:
    moment = moment.astimezone(UTC)
    return moment.replace(microsecond=0) + timedelta(seconds=1) if moment.microsecond else moment


def _signature(body: str, key: str) -> str:
    return hmac.new(keys.key_for("archives.manifest", key), body.encode(), sha256).hexdigest()

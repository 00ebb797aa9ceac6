"""Builds the package of one subject in a process of its own, whose peak memory is then nobody else's.

    python -m benchmarks.export_one ADDRESS

Prints: idle MB, peak MB, seconds, bytes written into the archive, bytes of the encrypted file.
"""

from __future__ import annotations

import io
import sys
import time
import zipfile
from typing import TYPE_CHECKING

from benchmarks.processes import peak_mb

if TYPE_CHECKING:
    from uuid import UUID

    from rights_requests.packages import Built


def main(email: str) -> None:
    import django

    django.setup()
    from django.db import transaction
    from django.utils import timezone

    from audit.actor import Actor
    from rights_requests import packages, services
    from rights_requests.enums import Channel, Requester, Right
    from rights_requests.packages import files
    from subjects.enums import IdentifierKind, IdentityMethod
    from subjects.services import subject_for

    at = timezone.now()
    case = services.file_request(
        right=Right.ACCESS, requester=Requester.CUSTOMER, name="", email=email, text="", language="nl", country="BE",
        channel=Channel.PORTAL, actor=Actor.person(), received_at=at, at=at,
    )  # fmt: skip
    case.subject = subject_for(identifiers=[(IdentifierKind.EMAIL, email)], method=IdentityMethod.MAILBOX, at=at)
    idle = peak_mb()
    start = time.perf_counter()
    with transaction.atomic():
        built = packages.build(case, at=at)
    seconds = time.perf_counter() - start
    peak = peak_mb()
    path = files.folder() / built.file_name
    sys.stdout.write(f"{idle} {peak} {seconds} {_unpacked(case.pk, built)} {path.stat().st_size}\n")
    packages.discard(built.file_name)


def _unpacked(key: UUID, built: Built) -> int:
    from rights_requests import packages
    from rights_requests.models import Package

    stream = packages.open_stream(Package(pk=key, file_name=built.file_name, sealed_key=built.sealed_key))
    with zipfile.ZipFile(io.BytesIO(b"".join(stream))) as archive:
        return sum(member.file_size for member in archive.infolist())


if __name__ == "__main__":
    main(sys.argv[1])

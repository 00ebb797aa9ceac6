from __future__ import annotations

import pytest

from subjects import intake

CALL = {"right": "ACCESS", "email": "nora@firm.example", "name": "", "text": "", "language": "nl"}


def test_nobody_files_until_somebody_says_so(monkeypatch, at):
    monkeypatch.setattr(intake, "_filers", [])
    with pytest.raises(intake.NobodyFiles):
        intake.file(**CALL, received_at=at, at=at)

    asked = []

    def filer(**call: object) -> str:
        asked.append(call)
        return "R-1"

    intake.register(filer)
    intake.register(filer)
    assert intake.file(**CALL, received_at=at, at=at) == "R-1"
    assert asked == [{**CALL, "received_at": at, "at": at}]

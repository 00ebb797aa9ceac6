"""Declared systems become sources when a process starts. A file that is wrong lets nothing start: half a declaration would leave rows behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.declared import reading, systems
from connectors.declared.shapes import Finding, PullSystem, SqlSystem, WrongDeclaration
from connectors.sources import pulled, sql
from datamap import registry

if TYPE_CHECKING:
    from pathlib import Path

    from connectors.declared.shapes import System


def read_folder(folder: Path | None) -> tuple[list[System], list[Finding]]:
    """Every ``*.toml`` of a folder, in the order of their names; and everything that is wrong with any of them."""
    found: list[System] = []
    findings: list[Finding] = []
    if folder is not None and not folder.is_dir():
        return [], [Finding(str(folder), "", "there is no such folder.")]
    for path in sorted(folder.glob("*.toml")) if folder is not None else ():
        try:
            system = reading.read_file(path)
        except WrongDeclaration as error:
            findings += error.findings
            continue
        if any(system.key == other.key for other in found):
            findings.append(Finding(path.name, "key", f"another file declares {system.key} too."))
        found.append(system)
    return found, findings


def register_folder(folder: Path | None) -> None:
    """Raises:
    WrongDeclaration: with everything that is wrong in any file.
    """
    found, findings = read_folder(folder)
    taken = {source.key for source in registry.all_sources()}
    findings += [Finding(system.file, "key", "another source is called so.") for system in found if system.key in taken]
    if findings:
        raise WrongDeclaration(tuple(findings))
    for system in found:
        add(system)


def add(system: System) -> None:
    match system:
        case SqlSystem():
            registry.register(sql.build(system))
        case PullSystem():
            registry.register(pulled.build(system))
    systems.add(system)


def remove(key: str) -> None:
    """Take a system out again: for tests."""
    systems.remove(key)
    registry.unregister(key)

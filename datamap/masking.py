"""Names and addresses as lists show them: enough to recognise, too little to take away."""

from __future__ import annotations

DOTS = "••••"


def masked(name: str | None) -> str:
    """First letter of each part and always four dots, so that no length shows."""
    return " ".join(f"{part[0]}{DOTS}" for part in (name or "").split())


def masked_email(email: str | None) -> str:
    """First letter and domain. What is no address is masked like a name."""
    box, at, domain = (email or "").rpartition("@")
    if not at or not box:
        return masked(email)
    return f"{box[0]}•••@{domain}"

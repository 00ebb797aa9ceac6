"""How the pages of a package look, and what they may do: nothing. No script, no picture, no address is ever asked for."""

from __future__ import annotations

import base64
import hashlib
from functools import cache

STYLE = """
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
html { background: light-dark(#fff, #101b1f); color: light-dark(#122126, #e6edef); }
body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: break-word; }
h1 { font-size: 1.8rem; } h2 { margin-top: 2.5rem; border-top: 1px solid; padding-top: .75rem; } h3 { margin-bottom: .25rem; }
a { color: light-dark(#0b5c8a, #9fd4f5); }
dt { font-weight: 600; } dd { margin: 0 0 .5rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem; }
th, td { border-bottom: 1px solid #8888; padding: .3rem .8rem .3rem 0; text-align: left; vertical-align: top; }
th { white-space: nowrap; }
td { white-space: pre-wrap; overflow-wrap: break-word; max-width: 28rem; }
@media print { body { max-width: none; } }
"""


@cache
def policy() -> str:
    """The content security policy of the pages: their one style sheet, known by its hash, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"

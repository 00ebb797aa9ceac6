"""What this room holds is figures, hidden and rounded before they were written down, and which colleague released them."""

from __future__ import annotations

from datamap.registry import exempt

exempt("trends.Release", "Released figures, and which colleagues prepared and approved them, by the number of the account.")
exempt("trends.Figure", "Counts of which none comes from fewer people than the threshold.")

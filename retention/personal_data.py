"""What this room holds is about rules, not about people: keys of rows while they are being deleted, and which colleague released what."""

from __future__ import annotations

from datamap.registry import exempt

exempt("retention.Run", "Counts, times and digests of purges; they go after as many years as events.")
exempt("retention.PlannedRows", "Keys of rows that are about to go: each batch of them goes with its rows, in the same transaction.")
exempt("retention.Beat", "When the last round began.")
exempt("retention.Watch", "How many rows each rule has, by their age.")
exempt("retention.Release", "Who of our staff released a stopped plan, by the number of the account; it goes with the run.")

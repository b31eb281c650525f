"""How numbers of things are said."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """Return `1 rule`, `2 rules`, `12,345 packets`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"

"""How numbers of things are said."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """Return `1 rule`, `2 rules`, `12,345 packets`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def listed(ports: frozenset[int]) -> str:
    """Return the ports in order, runs of three and more as a range."""
    spans: list[list[int]] = []
    for port in sorted(ports):
        if spans and port == spans[-1][-1] + 1:
            spans[-1].append(port)
        else:
            spans.append([port])
    words = [
        f"{span[0]}-{span[-1]}" if len(span) > 2 else ", ".join(map(str, span)) for span in spans
    ]
    return ", ".join(words)

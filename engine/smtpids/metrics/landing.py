"""The page at `/`: what runs here, how it stands, and where to read on."""

from __future__ import annotations

from html import escape
from typing import Final, NamedTuple

from smtpids.version import __version__

_DAY: Final = 86400
_PAGE: Final = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>smtpids</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 1rem }}
h1 {{ font-size: 1.6rem; margin: 0 }}
h1 small {{ font-size: 1rem; font-weight: normal; opacity: .7 }}
p {{ margin: .2rem 0 1.5rem }}
dl {{ display: grid; grid-template-columns: 8rem 1fr; gap: .3rem 1rem; margin: 0 0 1.5rem }}
dt {{ opacity: .7 }}
dd {{ margin: 0; overflow-wrap: anywhere }}
ul {{ list-style: none; padding: 0 }}
li {{ display: grid; grid-template-columns: 8rem 1fr; gap: 1rem }}
</style>
</head>
<body>
<h1>smtpids <small>{version}</small></h1>
<p>An intrusion detector for SMTP: packets in, alerts and metrics out.</p>
<dl>
{facts}
</dl>
<ul>
<li><a href="/metrics">/metrics</a> <span>for Prometheus</span></li>
<li><a href="/-/healthy">/-/healthy</a> <span>200 while the program makes progress</span></li>
<li><a href="/-/ready">/-/ready</a> <span>200 when rules are loaded and the capture runs</span></li>
</ul>
</body>
</html>
"""


class Standing(NamedTuple):
    """How a run stands."""

    doing: str = ""
    """What it reads or listens on."""
    up_seconds: float | None = None
    rules: int = 0
    packets: int = 0
    lost: int = 0
    """Packets that could not be read."""
    alerts: int = 0
    outputs: tuple[tuple[str, str], ...] = ()
    """Each by its name, and how it stands."""


def page(standing: Standing, not_ready: str) -> str:
    """Return the page; `not_ready` is why it is not ready, nothing if it is."""
    lost = f", {standing.lost:,} lost" if standing.lost else ""
    facts = [
        ("State", f"not ready: {not_ready}" if not_ready else "ready"),
        ("Capture", standing.doing),
        ("Up", "" if standing.up_seconds is None else span(standing.up_seconds)),
        ("Rules", f"{standing.rules:,}"),
        ("Packets", f"{standing.packets:,}{lost}"),
        ("Alerts", f"{standing.alerts:,}"),
        *(("Output", f"{name}: {told}") for name, told in standing.outputs),
    ]
    rows = (f"<dt>{name}</dt><dd>{escape(told)}</dd>" for name, told in facts if told)
    return _PAGE.format(version=escape(__version__), facts="\n".join(rows))


def span(seconds: float) -> str:
    """Return a time in its two largest units: `3 d 4 h`, `12 min 5 s`."""
    left = int(seconds)
    told: list[str] = []
    for unit, size in (("d", _DAY), ("h", 3600), ("min", 60), ("s", 1)):
        number, left = divmod(left, size)
        if number or told or unit == "s":
            told.append(f"{number} {unit}")
    return " ".join(told[:2])

"""How much of everything there was, for Prometheus.

`counts` is plain numbers that the pipeline raises; `families` says under which name each of them
is seen; `collector` reads them at scrape, `exporter` serves them. Only the last two need
prometheus_client, and they import it when they are used.
"""

from smtpids.metrics.collector import Collector, registry, write_textfile
from smtpids.metrics.counts import Counts
from smtpids.metrics.families import FAMILIES
from smtpids.metrics.family import Family
from smtpids.metrics.histogram import Histogram

__all__ = [
    "FAMILIES",
    "Collector",
    "Counts",
    "Family",
    "Histogram",
    "registry",
    "write_textfile",
]

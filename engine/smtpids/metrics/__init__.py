"""How much of everything there was, for Prometheus.

`counts` is plain numbers that the pipeline raises, `tally` raises those of events; `families` says
under which name each of them is seen; `collector` reads them when asked, `exporter` serves them,
`textfile` leaves them behind.
Only these need prometheus_client, and they import it when they are used.
"""

from smtpids.metrics.collector import Collector, registry
from smtpids.metrics.counts import Counts
from smtpids.metrics.families import FAMILIES
from smtpids.metrics.family import Family
from smtpids.metrics.histogram import Histogram
from smtpids.metrics.tally import count_alert, count_event, count_match, count_opened
from smtpids.metrics.textfile import write_textfile

__all__ = [
    "FAMILIES",
    "Collector",
    "Counts",
    "Family",
    "Histogram",
    "count_alert",
    "count_event",
    "count_match",
    "count_opened",
    "registry",
    "write_textfile",
]

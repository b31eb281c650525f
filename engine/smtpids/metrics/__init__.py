"""How much of everything there was, for Prometheus.

`counts` is plain numbers that the pipeline raises, `tally` raises those of events; `families` says
under which name each of them is seen; `collector` reads them when asked, `exporter` serves them,
`textfile` leaves them behind.
Only these need prometheus_client, and they import it when they are used; who wants them imports
them from there, as a run that shows nothing to Prometheus needs none of them.
"""

from smtpids.metrics.counts import Counts
from smtpids.metrics.histogram import Histogram
from smtpids.metrics.tally import count_alert, count_event, count_match, count_opened

__all__ = [
    "Counts",
    "Histogram",
    "count_alert",
    "count_event",
    "count_match",
    "count_opened",
]

"""SMTP: octets of both sides into what happened.

`Tracker` follows one session. `states.py` holds the two tables of the protocol, `anomalies.py` the
oddities by name, `events.py` what is said.
"""

from smtpids.smtp.anomalies import ANOMALIES
from smtpids.smtp.ends import Ends
from smtpids.smtp.events import Action, Event, Evidence, Fields, Line, Value
from smtpids.smtp.tracker import Tracker

__all__ = [
    "ANOMALIES",
    "Action",
    "Ends",
    "Event",
    "Evidence",
    "Fields",
    "Line",
    "Tracker",
    "Value",
]

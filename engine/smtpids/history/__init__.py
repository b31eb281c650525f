"""History: what earlier sessions told of servers, clients and users, as fields of later events.

`Memory` learns and reminds. `store.py` keeps what it learnt between runs; it needs SQLite, so those
who want a file import it.
"""

from smtpids.history.memory import Memory
from smtpids.history.past import Past
from smtpids.history.table import Table

__all__ = ["Memory", "Past", "Table"]

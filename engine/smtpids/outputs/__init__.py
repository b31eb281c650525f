"""Where rendered records go: each output takes whole records and counts them.

`base.py` says what an output promises. A file and standard output have a module each; what goes
over a network is a `sender.py` with a backlog, in memory (`queue.py`) or on disk (`spool.py`), and
a transport for the protocol (`transport.py`). What a record looks like is `alerts/`'s affair, which
outputs there are in a run is the command line's.
"""

from smtpids.outputs.base import Output
from smtpids.outputs.entry import Entry
from smtpids.outputs.file import FileOutput
from smtpids.outputs.stdout import StdoutOutput

__all__ = ["Entry", "FileOutput", "Output", "StdoutOutput"]

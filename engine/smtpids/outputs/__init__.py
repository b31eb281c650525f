"""Where rendered records go: each output takes whole records of octets and counts them.

`base.py` says what an output promises; each kind has its module. What a record looks like is
`alerts/`'s affair, which outputs there are in a run is the command line's.
"""

from smtpids.outputs.base import Output
from smtpids.outputs.file import FileOutput
from smtpids.outputs.stdout import StdoutOutput

__all__ = ["FileOutput", "Output", "StdoutOutput"]

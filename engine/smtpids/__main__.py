"""`python -m smtpids` is the same as `smtpids`."""

import sys

from smtpids.cli import main

if __name__ == "__main__":
    sys.exit(main())

"""Prints rules/FIELDS.md: `python -m smtpids.fields`."""

import sys

from smtpids.fields.page import markdown

sys.stdout.write(markdown())

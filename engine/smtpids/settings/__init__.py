"""The configuration of a site: a YAML file, the environment and options, into one `Settings`.

`table.KEYS` lists every key with its kind, default and sentence; all else reads from it: the
loader, `config init`, `config dump` and the documentation. To add a key is to add a row.
"""

from smtpids.settings.loader import load
from smtpids.settings.settings import Settings
from smtpids.settings.siterules import SiteRules, apply

__all__ = ["Settings", "SiteRules", "apply", "load"]

"""The veil that the settings ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpids.settings.privacy import key_of

if TYPE_CHECKING:
    from smtpids.alerts.veil import Veil
    from smtpids.settings import Settings


def veil_of(settings: Settings) -> Veil | None:
    """Return what rewrites addresses and subjects; None if they are written as they are.

    Raises ConfigSetError if hashes are asked for and there is no key.
    """
    key = key_of(settings)
    addresses, subjects = settings["privacy.addresses"], settings["privacy.subjects"]
    if addresses == subjects == "none":
        return None
    from smtpids.alerts.veil import Mode, Veil

    return Veil(Mode(addresses), Mode(subjects), key)

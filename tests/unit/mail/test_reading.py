from __future__ import annotations

from smtpids.mail.reading import Reading


def test_a_run_that_wishes_nothing_keeps_no_text_and_knows_no_domain_of_ours() -> None:
    reading = Reading()
    assert (reading.store, reading.own_domains, reading.hidden) == (None, (), frozenset())

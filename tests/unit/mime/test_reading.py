from __future__ import annotations

from smtpids.mime.digests import ALL_HASHES, SHA256
from smtpids.mime.reading import LATE, Reading


def test_a_run_that_wishes_nothing_keeps_no_text_and_knows_no_domain_of_ours() -> None:
    reading = Reading()
    assert (reading.store, reading.own_domains, reading.hidden) == (None, (), frozenset())


def test_what_may_be_made_later_is_made_of_each_message_if_it_is_wanted() -> None:
    reading = Reading()
    assert reading.hashes == ALL_HASHES
    reading.want(frozenset({SHA256, "smtp.message.size"}))
    assert reading.hashes == frozenset({SHA256})
    assert reading.late_hashes == ALL_HASHES - {SHA256}
    reading.want(frozenset({"email.to.address"}))
    assert reading.hashes == frozenset()
    reading.want(LATE)
    assert reading.hashes == ALL_HASHES

"""The ends of a session, as who follows it gives them."""

from __future__ import annotations

from smtpids.smtp.ends import Ends


def test_of_ends_nobody_knows_more_than_is_said() -> None:
    ends = Ends("id", "1:x", "192.0.2.1", 50000, "198.51.100.2", 25, 7)
    assert (ends.session_id, ends.community_id) == ("id", "1:x")
    assert (ends.client_ip, ends.client_port) == ("192.0.2.1", 50000)
    assert (ends.server_ip, ends.server_port) == ("198.51.100.2", 25)
    assert (ends.start_ns, ends.first_packet, ends.midstream, ends.file) == (7, 0, False, "")
    assert {ends.direction, ends.client_role, ends.server_role} == {"unknown"}

"""What TCP tells of a session when it begins: its two ends, and what names it."""

from __future__ import annotations


class Ends:
    """Both ends; addresses as text.

    It is no named tuple, for compiled code takes ten times as long to make one.
    """

    __slots__ = (
        "client_ip",
        "client_port",
        "client_role",
        "community_id",
        "direction",
        "file",
        "first_packet",
        "midstream",
        "server_ip",
        "server_port",
        "server_role",
        "session_id",
        "start_ns",
    )

    def __init__(
        self,
        session_id: str,
        community_id: str,
        client_ip: str,
        client_port: int,
        server_ip: str,
        server_port: int,
        start_ns: int,
        first_packet: int = 0,
        midstream: bool = False,
        direction: str = "unknown",
        client_role: str = "unknown",
        server_role: str = "unknown",
        file: str = "",
    ) -> None:
        self.session_id = session_id
        self.community_id = community_id
        self.client_ip = client_ip
        self.client_port = client_port
        self.server_ip = server_ip
        self.server_port = server_port
        self.start_ns = start_ns
        self.first_packet = first_packet
        self.midstream = midstream
        self.direction = direction
        self.client_role = client_role
        self.server_role = server_role
        self.file = file

"""Scenes of attacks on the protocol, and of boxes on the path that break it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pcaps.record import accounts
from pcaps.record.accounts import ALICE, BOB, CAROL, OUTSIDER
from pcaps.record.captures import Capture
from pcaps.record.machines import BEHIND
from pcaps.record.raw_client import ENDINGS
from pcaps.record.scene import Letter, Scene, Session, Stage
from pcaps.record.scenes_ordinary import smtplib
from pcaps.record.servers import Aiosmtpd, Exim, Postfix, Tls

if TYPE_CHECKING:
    from collections.abc import Callable

SWAKS_31 = accounts.letter(31, ALICE, BOB)
VISIBLE = accounts.letter(42, ALICE, BOB, "The visible letter.")
HIDDEN = accounts.letter(43, OUTSIDER, CAROL, "The smuggled letter.")
IN_CLEAR = accounts.letter(44, ALICE, BOB)


def raw(*words: str) -> Callable[[Stage], object]:
    """Return the act of running one of `raw_client.py`'s sessions."""
    return lambda stage: stage.python("raw_client", *words)


def _masked(stage: Stage) -> None:
    stage.swaks("-p", "25", "-tlso", "-f", ALICE, "-t", BOB, letter=SWAKS_31)


def _swallowed(ending: str) -> bytes:
    """Return the one message that a strict reader sees in a smuggling attempt."""
    smuggled = (
        f"MAIL FROM:<{OUTSIDER}>\r\nRCPT TO:<{CAROL}>\r\nDATA\r\n".encode()  # sent unchanged
    )
    return VISIBLE.rstrip(b"\r\n") + ENDINGS[ending] + smuggled + HIDDEN


MASKED = (Letter(ALICE, (BOB,), octets=SWAKS_31),)

SCENES = (
    Scene(
        "starttls-command-injection.pcap",
        "STARTTLS and EHLO in one segment; the server goes on with TLS and drops the EHLO",
        "raw",
        Postfix({25: Tls.STARTTLS}),
        25,
        raw("command_injection", "EHLO injected.example.net"),
        (Session("established", "TLSv1.3", letters=(Letter(ALICE, (BOB,)),), hidden=True),),
        ("starttls_command_injection",),
    ),
    Scene(
        "starttls-command-injection-exim.pcap",
        "STARTTLS and RSET in one segment; the server answers with a synchronization error",
        "raw",
        Exim({25: Tls.STARTTLS}),
        25,
        raw("command_injection", "RSET"),
        (Session("refused", quit=False),),
        possible=("starttls_command_injection",),
    ),
    Scene(
        "starttls-response-injection.pcap",
        "A box on the path puts a reply behind the 220 to STARTTLS, in the same segment",
        "smtplib",
        Postfix({25: Tls.STARTTLS}, address=BEHIND),
        25,
        smtplib("starttls"),
        (Session("established", "TLSv1.3", letters=(Letter(ALICE, (BOB,)),), hidden=True),),
        ("starttls_response_injection",),
        box="inject",
    ),
    Scene(
        "starttls-plaintext-after.pcap",
        "A box answers STARTTLS with 220 itself; the client goes on in clear",
        "raw",
        Postfix({25: Tls.STARTTLS}, address=BEHIND),
        25,
        raw("plaintext_after_starttls"),
        (Session("accepted", letters=(Letter(ALICE, (BOB,), octets=IN_CLEAR),)),),
        ("port_25_no_tls", "starttls_plaintext_after"),
        box="swallow",
    ),
    Scene(
        "starttls-masked.pcapng",
        "A firewall's SMTP inspection, recorded on both sides of it: before it STARTTLS is "
        "offered, behind it the banner is asterisks and the keyword XXXXXXXX; two interfaces",
        "swaks",
        Postfix({25: Tls.STARTTLS}, address=BEHIND),
        25,
        _masked,
        (Session(letters=MASKED), Session("offered", letters=MASKED, ends=(BEHIND, BEHIND))),
        ("port_25_no_tls", "starttls_masked_middlebox"),
        ("starttls_offered_not_used",),
        capture=Capture(at_server=True, interfaces=("wire", "lo")),
        box="mask",
    ),
    Scene(
        "smuggling-postfix.pcap",
        "LF.LF and a second envelope behind it; the server accepts two messages",
        "raw",
        Postfix({25: Tls.NONE}),
        25,
        raw("smuggle", "lf"),
        (Session(letters=(Letter(ALICE, (BOB,)), Letter(OUTSIDER, (CAROL,))), strict=1),),
        ("port_25_no_tls", "smuggling_accepted", "smuggling_verb_after_ambiguous_eod"),
    ),
    Scene(
        "smuggling-aiosmtpd.pcap",
        "LF.CRLF and a second envelope behind it; the server accepts one message",
        "raw",
        Aiosmtpd({25: Tls.NONE}),
        25,
        raw("smuggle", "lf-crlf"),
        (Session(letters=(Letter(ALICE, (BOB,), octets=_swallowed("lf-crlf")),)),),
        ("port_25_no_tls", "smuggling_verb_after_ambiguous_eod"),
    ),
    Scene(
        "smuggling-exim.pcap",
        "CR.CR and a second envelope behind it",
        "raw",
        Exim({25: Tls.NONE}),
        25,
        raw("smuggle", "cr"),
        (Session(letters=(Letter(ALICE, (BOB,), octets=_swallowed("cr")),)),),
        ("port_25_no_tls", "smuggling_verb_after_ambiguous_eod"),
    ),
    Scene(
        "out-of-order.pcap",
        "Commands in the wrong order, unknown ones, VRFY and EXPN; no message",
        "raw",
        Exim({25: Tls.NONE}),
        25,
        raw("out_of_order"),
        (Session(),),
        possible=("port_25_no_tls",),
        capture=Capture(only=""),
    ),
)

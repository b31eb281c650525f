"""Dialogues about AUTH and TLS."""

from __future__ import annotations

from pcaps.record.accounts import (
    ALICE,
    ALICE_PASSWORD,
    BOB,
    BOB_PASSWORD,
    CAROL,
    WRONG_PASSWORDS,
)
from tests.support.talk.letters import LETTERS, SHORT
from tests.support.talk.steps import (
    CHUNKING,
    HELLO,
    Close,
    Cut,
    Dialogue,
    Login,
    Secure,
    Step,
    chunks,
    envelope,
    letter,
    say,
)

SENT = letter(SHORT)
WRONG = WRONG_PASSWORDS[0]
POSTFIX, EXIM = frozenset({"Postfix"}), frozenset({"Exim"})
ALERT = ("bad_reply_syntax", "bare_lf", "nul_in_line")


def _login(name: str, *logins: Login, cut: Cut = Cut.WHOLE, port: int = 587) -> Dialogue:
    """Return a dialogue that logs in and then sends a message."""
    return Dialogue(name, port, (HELLO, *logins, *envelope(name), SENT), cut=cut)


def _alice(mechanism: str, *, initial: bool = True, password: str = ALICE_PASSWORD) -> Login:
    return Login(mechanism, ALICE, password, initial)


def _answering(mechanism: str, *answers: bytes, initial: bool = False) -> Login:
    return Login(mechanism, "", "", initial, answers)


LOGINS = (
    _login("plain", _alice("PLAIN")),
    _login("plain-asked", _alice("PLAIN", initial=False)),
    _login("plain-by-octets", _alice("PLAIN", initial=False), cut=Cut.OCTETS),
    _login("plain-cut", _alice("PLAIN"), cut=Cut.LINE_ENDS),
    _login("plain-wrong", _alice("PLAIN", password=WRONG)),
    _login("login", _alice("LOGIN", initial=False)),
    _login("login-initial", _alice("LOGIN")),
    _login("login-by-octets", _alice("LOGIN", initial=False), cut=Cut.OCTETS),
    _login("login-wrong", _alice("LOGIN", initial=False, password=WRONG)),
    _login("cram", _alice("CRAM-MD5", initial=False)),
    _login("cram-wrong", _alice("CRAM-MD5", initial=False, password=WRONG)),
    _login("second-try", _alice("PLAIN", password=WRONG), _alice("LOGIN", initial=False)),
    _login("third-try", *(Login("LOGIN", BOB, word) for word in (*WRONG_PASSWORDS[:2],
                                                                  BOB_PASSWORD))),
    _login("login-port-25", _alice("PLAIN"), port=25),
    _login("login-without-starttls", Login("PLAIN", BOB, BOB_PASSWORD), port=2525),
    _login("unknown-mechanism", _alice("X-NOBODY-HAS-THIS", initial=False)),
    _login("logged-in-twice", _alice("PLAIN"), Login("PLAIN", BOB, BOB_PASSWORD)),
    _login("cancelled", _answering("PLAIN", b"*"), port=2525),
    _login("cancelled-login", _answering("LOGIN", b"*")),
    _login("cancelled-late", Login("LOGIN", BOB, "", initial=False,
                                   answers=(b"Ym9iQGV4YW1wbGUub3Jn", b"*"))),
    _login("empty-answer", _answering("PLAIN", b"=", initial=True)),
    _login("no-base64", _answering("LOGIN", b"!!!!")),
    Dialogue("auth-in-transaction", 587, (HELLO, envelope("gone")[0], _alice("PLAIN"),
                                          say("RSET"))),
    Dialogue("auth-left", 587, (HELLO, _alice("LOGIN", initial=False)), Close.FIN),
    Dialogue("auth-reset", 587, (HELLO, _alice("PLAIN", initial=False)), Close.RESET),
    Dialogue("auth-alone", 587, (HELLO, _answering(""), say("NOOP"))),
)  # fmt: skip


def _secured(name: str, *inside: Step, port: int = 587, newest: str = "1.3") -> Dialogue:
    steps = (HELLO, Secure(newest), HELLO, *inside)
    return Dialogue(name, port, steps, servers=CHUNKING)


def _implicit(name: str, *inside: Step, newest: str = "1.3", close: Close = Close.QUIT) -> Dialogue:
    return Dialogue(name, 465, inside, close, implicit=newest, servers=CHUNKING)


TLS = (
    _secured("starttls", *envelope("starttls"), SENT),
    _secured("starttls-1.2", *envelope("starttls-1.2"), SENT, newest="1.2"),
    _secured("starttls-25", *envelope("starttls-25"), SENT, port=25),
    _secured("starttls-plain", _alice("PLAIN"), *envelope("starttls-plain"), SENT),
    _secured("starttls-login", _alice("LOGIN", initial=False), *envelope("starttls-login"), SENT),
    _secured("starttls-wrong", _alice("PLAIN", password=WRONG), newest="1.2"),
    _secured("starttls-bdat", *envelope("starttls-bdat"), *chunks(SHORT, 11)),
    _secured("starttls-large", *envelope("starttls-large"), letter(LETTERS["hundred kilobytes"])),
    _secured("starttls-again", say("STARTTLS"), *envelope("starttls-again"), SENT),
    _implicit("implicit", HELLO, *envelope("implicit"), SENT),
    _implicit("implicit-1.2", HELLO, *envelope("implicit-1.2"), SENT, newest="1.2"),
    _implicit("implicit-plain", HELLO, _alice("PLAIN"), *envelope("implicit-plain", CAROL), SENT),
    _implicit("implicit-left", HELLO, *envelope("implicit-left"), SENT, close=Close.FIN),
    _implicit("implicit-reset", HELLO, close=Close.RESET),
    Dialogue("starttls-in-envelope", 587, (HELLO, *envelope("gone"), Secure(), HELLO,
                                           *envelope("starttls-in-envelope"), SENT),
             servers=CHUNKING),
    Dialogue("starttls-first", 587, (Secure(), HELLO, *envelope("starttls-first"), SENT),
             servers=CHUNKING),
    Dialogue("starttls-by-octets", 25, (HELLO, Secure(), HELLO, *envelope("starttls-by-octets"),
                                        SENT), cut=Cut.OCTETS, servers=CHUNKING),
    Dialogue("starttls-with-words", 587, (HELLO, say("STARTTLS now"), say("NOOP")),
             servers=CHUNKING),
    Dialogue("untrusted-1.2", 587, (HELLO, Secure("1.2", trusting=False)), Close.FIN,
             servers=CHUNKING),
    Dialogue("too-old", 587, (HELLO, Secure("1.1")), Close.FIN, servers=CHUNKING),
    Dialogue("injected", 587, (HELLO, Secure(behind=b"EHLO injected.example.net\r\n"), HELLO,
                               *envelope("injected"), SENT),
             odd=("starttls_injection",), servers=POSTFIX),
    Dialogue("clear-behind-220", 587, (HELLO, Secure(handshake=False), HELLO), Close.FIN,
             odd=("plaintext_after_starttls",), servers=POSTFIX),
    Dialogue("clear-on-465", 465, (HELLO,), Close.WAIT, patient=False, servers=POSTFIX),
    # Exim answers with a TLS alert, which is no reply and ends in the octet 10
    Dialogue("clear-behind-220", 587, (HELLO, Secure(handshake=False), HELLO), Close.FIN,
             odd=("plaintext_after_starttls", *ALERT), servers=EXIM),
    Dialogue("clear-on-465", 465, (HELLO,), Close.WAIT, patient=False, odd=ALERT, servers=EXIM),
    Dialogue("handshake-fails", 587, (HELLO, Secure()), Close.FIN,
             servers=frozenset({"OpenSMTPD"})),
    Dialogue("handshake-fails-465", 465, (), Close.FIN, implicit="1.3", patient=False,
             servers=frozenset({"OpenSMTPD"})),
)  # fmt: skip

DIALOGUES = (*LOGINS, *TLS)

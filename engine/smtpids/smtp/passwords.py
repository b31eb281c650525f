"""The passwords that everybody tries first.

A closed table: what the well-known lists of guessed and leaked passwords begin with, and the words
that mail systems and devices are delivered with. A secret is only compared with it, in lower
case; which one it was is never said.
"""

from __future__ import annotations

from typing import Final

COMMON_PASSWORDS: Final[frozenset[bytes]] = frozenset(
    b"""
    000000 0000 1111 11111 111111 1111111 11111111 112233 121212 12121212 123 1234 12345 123456
    1234567 12345678 123456789 1234567890 123123 123123123 123321 1234qwer 123abc 123qwe 131313
    147258369 159753 1q2w3e 1q2w3e4r 1q2w3e4r5t 1qaz2wsx 222222 2000 321321 333333 555555 654321
    666666 696969 7777777 777777 88888888 888888 987654321 999999 987654
    aa123456 aaaaaa abc123 abc12345 abcd1234 abcdef access admin admin1 admin123 admin1234
    administrator alexander andrew asdf asdf1234 asdfgh asdfghjkl ashley backup baseball batman
    changeme charlie computer daniel default demo dragon email flower football freedom guest hello
    hello123 hunter hunter2 iloveyou info jessica jordan killer letmein login love lovely manager
    master michael michelle monkey mail mail123 mustang ninja office oracle p@ssw0rd p@ssword pass
    pass1234 passw0rd password password! password1 password12 password123 postgres postmaster
    princess public q1w2e3r4 qazwsx qwe123 qwer1234 qwerty qwerty1 qwerty123 qwertyuiop root
    root123 sales scanner secret server shadow smtp solo starwars summer sunshine superman support
    sysadmin temp test test1 test123 test1234 tester toor trustno1 user user123 webmaster
    welcome welcome1 welcome123 whatever winter zaq12wsx zxcvbn zxcvbnm
    """.split()
)


def is_common(secret: bytes) -> bool:
    """Return whether `secret` is in the table, in whatever case."""
    return secret.lower() in COMMON_PASSWORDS

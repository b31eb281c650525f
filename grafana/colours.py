"""One colour for one meaning, in every panel of every dashboard."""

from __future__ import annotations

from typing import Final

SEVERITY: Final = {
    "critical": "purple",
    "high": "red",
    "medium": "orange",
    "low": "yellow",
    "informational": "blue",
}
OUTCOME: Final = {
    "accepted": "green",
    "success": "green",
    "rejected": "orange",
    "refused": "orange",
    "failure": "red",
    "aborted": "purple",
    "tempfail": "yellow",
    "not_offered": "red",
    "unanswered": "purple",
    "unknown": "blue",
}
REPLY_CLASS: Final = {"2xx": "green", "3xx": "blue", "4xx": "yellow", "5xx": "red"}
TLS_MODE: Final = {"none": "red", "starttls": "green", "implicit": "blue"}
TLS_VERSION: Final = {
    "1.3": "green",
    "1.2": "blue",
    "1.1": "orange",
    "1.0": "red",
    "3.0": "dark-red",
    "2.0": "dark-purple",
}

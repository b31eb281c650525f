"""A receiver of its own process that keeps what it takes in a file, to be killed and started again.

    python -m tests.support.http_receiver --dialect loki --port 17700 --file taken.txt

It speaks one dialect as documented and writes the `event.id` of each record, one a line, before it
answers, so that what it said it took is there after `kill -9`. Prints a line when it listens.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

#: What a dialect makes of a body: ids to keep, status, answer.
Taken: TypeAlias = "tuple[list[str], int, bytes]"


def elastic(body: bytes, known: set[str]) -> Taken:
    """Take what is not there by its `_id`, and say of each what became of it."""
    lines = body.splitlines()
    fresh: list[str] = []
    items = []
    for action, record in zip(lines[::2], lines[1::2], strict=True):
        identity = json.loads(action)["create"]["_id"]
        assert json.loads(record)["event"]["id"] == identity
        is_new = identity not in known
        if is_new:
            known.add(identity)
            fresh.append(identity)
        items.append({"create": {"_id": identity, "status": 201 if is_new else 409}})
    errors = len(fresh) < len(items)
    return fresh, 200, json.dumps({"took": 1, "errors": errors, "items": items}).encode()


def splunk_hec(body: bytes, known: set[str]) -> Taken:
    """Take envelopes that stand one after another."""
    decoder, text, at, taken = json.JSONDecoder(), body.decode(), 0, []
    while at < len(text):
        envelope, at = decoder.raw_decode(text, at)
        taken.append(envelope["event"]["event"]["id"])
    return taken, 200, b'{"text":"Success","code":0}'


def loki(body: bytes, known: set[str]) -> Taken:
    """Take the lines of all streams."""
    streams = json.loads(body)["streams"]
    lines = [line for stream in streams for _, line in stream["values"]]
    return [json.loads(line)["event"]["id"] for line in lines], 204, b""


def webhook(body: bytes, known: set[str]) -> Taken:
    """Take lines."""
    return [json.loads(line)["event"]["id"] for line in body.splitlines()], 200, b""


DIALECTS: dict[str, Callable[[bytes, set[str]], Taken]] = {
    "elastic": elastic,
    "splunk_hec": splunk_hec,
    "loki": loki,
    "webhook": webhook,
}


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dialect", choices=DIALECTS, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--file", type=Path, required=True)
    options = parser.parse_args()
    take = DIALECTS[options.dialect]
    kept = os.open(options.file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o640)
    known = set(options.file.read_text().split())

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # status line, headers and body in one segment

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers["Content-Encoding"] == "gzip":
                body = gzip.decompress(body)
            ids, status, said = take(body, known)
            os.write(kept, "".join(f"{identity}\n" for identity in ids).encode())
            self.send_response(status)
            if status != 204:
                self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)
            self.wfile.flush()

        def log_message(self, *arguments: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", options.port), Handler) as server:
        print(f"listening on {server.server_port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()

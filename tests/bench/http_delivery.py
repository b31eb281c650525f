"""Deliver many records over HTTP, in each dialect, to a receiver that is killed on the way.

    python -m tests.bench.http_delivery --records 100000 --kills 3

Tells how long it took, how many records are missing (none may be) and how many are there twice,
and how fast the batches alone are written and packed.
"""

from __future__ import annotations

import argparse
import gzip
import json
import tempfile
import time
from hashlib import sha256
from pathlib import Path

from smtpids.outputs.http.dialects import DIALECTS
from smtpids.outputs.http.transport import GZIP_LEVEL
from tests.support.http_server import config_of, entry
from tests.support.receivers import deliver_to_killed

ROOT = Path(__file__).parents[2]


def main() -> None:
    """Run all dialects."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--batch", type=int, default=500)
    options = parser.parse_args()
    golden = sorted((ROOT / "tests" / "golden").glob("*.jsonl"))
    alerts = [json.loads(line) for path in golden for line in path.read_text().splitlines()]
    entries = []
    for number in range(options.records):
        alert = alerts[number % len(alerts)]
        alert["event"]["id"] = identity = sha256(str(number).encode()).hexdigest()[:32]
        line = json.dumps(alert, separators=(",", ":")).encode() + b"\n"
        entries.append(entry(number, id=identity, line=line))
    octets = sum(len(item.line) for item in entries) // len(entries)
    print(f"{len(entries)} records of {octets} octets on average, {options.kills} kills")
    for name, make in DIALECTS.items():
        dialect = make(config_of("http://h/", name), "mx1")
        begun = time.process_time()
        body = b""
        for at in range(0, 20 * options.batch, options.batch):
            body = gzip.compress(dialect.write(entries[at : at + options.batch]), GZIP_LEVEL)
        alone = min(20 * options.batch, len(entries)) / (time.process_time() - begun)
        with tempfile.TemporaryDirectory() as folder:
            kills, batch = options.kills, options.batch
            out = deliver_to_killed(name, entries, Path(folder) / "ids", batch=batch, kills=kills)
        print(
            f"{name}: {len(entries) / out.seconds:.0f} records/s ({alone:.0f} written and packed, "
            f"{len(body)} octets a batch), {out.kills} kills, {out.failures} failures, "
            f"{out.missing} missing, {out.duplicates} twice",
            flush=True,
        )


if __name__ == "__main__":
    main()

from __future__ import annotations

import base64
import json
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from smtpids.cli import main
from smtpids.cli.extraction import measure_extracted, open_extractor
from smtpids.cli.screen import Screen, logging_to
from smtpids.config import Limits
from smtpids.errors import ExitCode
from smtpids.metrics import Counts, labels
from smtpids.outputs.extract import REASONS, RESULTS
from tests.support.engine import captures
from tests.support.mails import attached, multipart, part
from tests.support.wire import Conversation, write_pcap

if TYPE_CHECKING:
    from pathlib import Path


def test_without_a_folder_nothing_is_opened() -> None:
    assert open_extractor(None, Limits()) is None


def test_what_was_written_and_what_was_not_is_counted_and_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    extractor = open_extractor(str(tmp_path / "x"), Limits(extract_octets=8))
    assert extractor is not None
    with logging_to(Screen(), quiet=True, verbose=0):
        for octets in (b"hello", b"hello again", b"hey"):
            spool = extractor.begin()
            spool.feed(octets)
            spool.end("", whole=True)
    counts = Counts()
    measure_extracted(counts, extractor)
    assert counts.extracted == {"whole": 2, "part": 0, "duplicate": 0}
    assert counts.extract_skipped["quota"] == 1
    assert counts.extracted_octets == 8
    assert capsys.readouterr().err == (
        f"smtpids: {tmp_path}/x: more than 8 octets of attachments in a run (--extract-quota): "
        "what goes beyond is counted only\n"
    )
    extractor.close()


def test_the_labels_of_the_metrics_are_those_of_the_extractor() -> None:
    assert frozenset(RESULTS) == labels.EXTRACTED
    assert frozenset(REASONS) == labels.NOT_EXTRACTED


PAYLOAD = bytes(range(256)) * 40


def mail(*, cut: int = 0) -> Conversation:
    """Return a session with one attachment; a `cut` one is reset so many octets before its end."""
    encoded = base64.encodebytes(PAYLOAD).replace(b"\n", b"\r\n")
    content = multipart(
        part(b"secret text", "Content-Type: text/plain"),
        attached(encoded, "../../x", "Content-Transfer-Encoding: base64"),
    )
    talk = Conversation().open().server(b"220 mx\r\n").client(b"EHLO a\r\n").server(b"250 mx\r\n")
    talk.client(b"MAIL FROM:<a@a.example>\r\n").server(b"250 ok\r\n")
    talk.client(b"RCPT TO:<b@b.example>\r\n").server(b"250 ok\r\n")
    talk.client(b"DATA\r\n").server(b"354 go on\r\n")
    if cut:
        return talk.client(content[:-cut]).rst("client")
    talk.client(content + b".\r\n").server(b"250 queued\r\n")
    return talk.client(b"QUIT\r\n").server(b"221 bye\r\n").close()


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("command", [["inspect", "--json"], ["run", "--events", "message"]])
def test_an_attachment_is_written_and_its_record_names_the_file(
    command: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "files"
    pcap = write_pcap(tmp_path / "a.pcap", mail().frames)
    code = main([*command, "-r", str(pcap), "--extract", str(folder)])
    text = capfd.readouterr()
    name = sha256(PAYLOAD).hexdigest()
    assert (code, files_in(folder)) == (0, {name: PAYLOAD})
    records = [json.loads(line) for line in text.out.splitlines()]
    (file,) = [
        attachment["file"]
        for record in records
        if record["event"]["dataset"] == "smtpids.message"
        for attachment in record["email"]["attachments"]
    ]
    assert file["path"] == f"{folder}/{name[:2]}/{name}"
    assert (file["name"], file["hash"]["sha256"], file["size"]) == ("../../x", name, len(PAYLOAD))
    if command[0] == "run":
        assert "1 attachment written to files" in text.err


@pytest.mark.parametrize("how", ["cut by its sender", "cut by the capture"])
def test_an_attachment_that_is_cut_is_named_so(
    how: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    frames = mail(cut=3000).frames if how == "cut by its sender" else mail().frames
    if how == "cut by the capture":
        del frames[-15:-12]
    pcap = write_pcap(tmp_path / "a.pcap", frames)
    main(["inspect", "--json", "-r", str(pcap), "--extract", str(tmp_path / "files")])
    capfd.readouterr()
    ((name, octets),) = files_in(tmp_path / "files").items()
    assert PAYLOAD.startswith(octets)
    assert 0 < len(octets) < len(PAYLOAD)
    assert name == f"{sha256(octets).hexdigest()}.part"


@pytest.mark.parametrize("command", ["inspect", "run"])
def test_what_cannot_be_written_ends_with_five(
    command: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / sha256(PAYLOAD).hexdigest()[:2]).write_bytes(b"in the way")
    pcap = write_pcap(tmp_path / "a.pcap", mail().frames)
    assert main([command, "-r", str(pcap), "--extract", str(folder)]) == ExitCode.OUTPUT
    assert f"smtpids: cannot write {folder}: not a directory" in capfd.readouterr().err


def test_what_a_quota_leaves_out_is_told_and_no_fault(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    pcap = write_pcap(tmp_path / "a.pcap", mail().frames)
    metrics = tmp_path / "m.prom"
    extract = ["--extract", str(tmp_path / "files"), "--extract-quota", "5K"]
    code = main(["run", "-r", str(pcap), *extract, "--metrics-textfile", str(metrics)])
    err = capfd.readouterr().err
    assert (code, files_in(tmp_path / "files")) == (0, {})
    assert "more than 5 KiB of attachments in a run (--extract-quota)" in err
    assert "0 attachments written to files, 1 not" in err
    lines = metrics.read_text().splitlines()
    assert 'smtpids_extract_skipped_files_total{reason="quota"} 1.0' in lines
    assert 'smtpids_extracted_files_total{result="whole"} 0.0' in lines


def test_a_folder_that_cannot_be_used_is_a_usage_error(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    pcap = write_pcap(tmp_path / "a.pcap", mail().frames)
    assert main(["inspect", "-r", str(pcap), "--extract", f"{tmp_path}/no/x"]) == ExitCode.USAGE
    assert "no such file or directory; create the folder" in capfd.readouterr().err


@pytest.mark.parametrize("path", captures(), ids=lambda path: path.name)
def test_the_attachments_of_recorded_captures_are_those_that_were_hashed(
    path: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    main(["inspect", "--json", "-r", str(path), "--extract", str(tmp_path)])
    hashed = {
        attachment["file"]["hash"]["sha256"]
        for line in capfd.readouterr().out.splitlines()
        for attachment in json.loads(line).get("email", {}).get("attachments", [])
    }
    found = files_in(tmp_path)
    assert {sha256(octets).hexdigest() for octets in found.values()} == set(found) == hashed

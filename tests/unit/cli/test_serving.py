"""Metrics as a run shows them: by settings, on a port and in a file."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from smtpids.address import Address
from smtpids.capture import file_sources
from smtpids.cli import main
from smtpids.cli.reading import Reading
from smtpids.cli.run import RunOptions
from smtpids.cli.serving import Serving, are_read, warn_of_open_port
from smtpids.config import SECOND, Config, OutputConfig
from smtpids.errors import ConfigSetError, ExitCode, UsageError
from smtpids.metrics import Counts
from smtpids.metrics.textfile import last_success_ns
from smtpids.metrics.web import Web
from smtpids.pipeline import Pipeline
from smtpids.rules.rule import Level, Rule
from smtpids.settings import Settings
from smtpids.settings.settings import Setting
from tests.support.command import login_pcap, login_rule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HASH = "$2y$04$mDwo.lAisC94iLAyP81MCesa29IzH37oigHC/42V2pdJlUprsJPze"
RULE = Rule(name="any", title="Any", level=Level.LOW)
ANY_PORT = "127.0.0.1:0"


def given(**settings: str) -> Settings:
    """Return the settings of metrics that a file gives."""
    return Settings(
        {f"metrics.{name}": Setting(value, "site.yml:1") for name, value in settings.items()}
    )


class Run:
    """What `Serving` looks at, without a capture."""

    def __init__(self, folder: Path) -> None:
        self.counts = Counts()
        self.reading = Reading(file_sources([str(login_pcap(folder))]))
        self.pipeline = Pipeline(Config(), counts=self.counts)
        self.served: list[Serving] = []

    def serve(self, **settings: str) -> Serving:
        return self.serve_by(given(**settings))

    def serve_by(self, settings: Settings) -> Serving:
        serving = Serving(
            settings, self.counts, lambda: None, self.pipeline, self.reading, "reading a.pcap"
        )
        self.served.append(serving)
        return serving


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    made = Run(tmp_path)
    yield made
    for serving in made.served:
        serving.close()


def answer(serving: Serving, path: str) -> tuple[int, str]:
    try:
        with urlopen(serving.url.removesuffix("/metrics") + path, timeout=5) as response:
            return response.status, response.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_files_have_no_port_unless_one_is_wanted(run: Run) -> None:
    assert run.serve().url == ""
    assert run.serve(listen="off").url == ""
    assert run.serve(listen=ANY_PORT).url.startswith("http://127.0.0.1:")


@pytest.mark.parametrize(
    ("settings", "events", "live", "expected"),
    [
        ({}, "alert session", False, False),
        ({}, "alert stats", False, True),
        ({}, "alert", True, True),
        ({"listen": "off"}, "alert", True, False),
        ({"listen": ANY_PORT}, "alert", False, True),
        ({"textfile": "a.prom"}, "alert", False, True),
    ],
)
def test_figures_are_read_on_a_port_in_a_file_and_as_records(
    settings: dict[str, str], events: str, live: bool, expected: bool
) -> None:
    outputs = [OutputConfig("file", "a.json", "a", events=frozenset(events.split()))]
    assert are_read(given(**settings), outputs, live=live) is expected


def test_it_is_ready_when_rules_are_loaded_and_packets_read(run: Run) -> None:
    serving = run.serve(listen=ANY_PORT)
    not_ready = "smtpids is not ready: "
    assert answer(serving, "/-/ready") == (503, f"{not_ready}the capture has not begun\n")
    serving.begin()
    assert answer(serving, "/-/ready") == (503, f"{not_ready}no rule is loaded\n")
    run.counts.rules_loaded([RULE])
    assert answer(serving, "/-/ready") == (200, "smtpids is ready\n")
    run.reading.stop()
    assert answer(serving, "/-/ready") == (503, f"{not_ready}the run is ending\n")
    assert answer(serving, "/-/healthy") == (200, "smtpids is healthy\n")


def test_the_page_tells_how_each_output_stands(run: Run) -> None:
    serving = run.serve(listen=ANY_PORT)
    counts = run.counts
    counts.output_up |= {"a.json": 1, "syslog h:6514": 0}
    counts.output_delivered |= {"a.json": 1234, "syslog h:6514": 2}
    counts.output_dropped |= {("syslog h:6514", "full"): 4, ("syslog h:6514", "refused"): 1}
    counts.output_queue["syslog h:6514"] = 3
    page = answer(serving, "/")[1]
    assert "<dd>a.json: 1,234 delivered</dd>" in page
    assert "<dd>syslog h:6514: away, 2 delivered, 3 waiting, 5 lost</dd>" in page


def test_a_live_run_is_healthy_while_ticks_come_and_while_it_ends(run: Run) -> None:
    run.counts.live = True
    serving = run.serve(listen=ANY_PORT)
    serving.begin()
    assert answer(serving, "/-/healthy")[0] == 200
    run.pipeline.tick(SECOND)
    assert answer(serving, "/-/healthy")[0] == 200
    serving.end()
    assert answer(serving, "/-/healthy")[0] == 200
    assert answer(serving, "/-/ready") == (503, "smtpids is not ready: the run is ending\n")


def test_the_page_says_what_is_read(run: Run) -> None:
    serving = run.serve(listen=ANY_PORT)
    serving.begin()
    run.counts.rules_loaded([RULE])
    run.counts.alerts["any", "low", "other"] = 3
    _, text = answer(serving, "/")
    assert "<dd>reading a.pcap</dd>" in text
    assert "<dt>Rules</dt><dd>1</dd>" in text
    assert "<dt>Alerts</dt><dd>3</dd>" in text


@pytest.mark.parametrize(
    ("web", "said"),
    [
        ("", ["whoever reaches http://0.0.0.0:"]),
        ("http_server_config: {http2: false}", ["whoever reaches http://0.0.0.0:"]),
        (f"basic_auth_users: {{ann: {HASH}}}", ["passwords for http://0.0.0.0:"]),
    ],
)
def test_a_port_that_others_reach_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, web: str, said: list[str]
) -> None:
    path = tmp_path / "web.yml"
    path.write_text(web)
    with caplog.at_level(logging.WARNING):
        loaded = Web(str(path)) if web else None
        warn_of_open_port(Address("0.0.0.0", 9), "http://0.0.0.0:9", loaded)
    told = [record.getMessage() for record in caplog.records]
    assert [line[: len(begin)] for line, begin in zip(told, said, strict=True)] == said


def test_the_loopback_needs_no_warning(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        run.serve(listen="[::1]:0")
    assert caplog.records == []


def test_a_faulty_web_configuration_opens_nothing(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "web.yml"
    path.write_text("tls_server_confg: {}\n")
    with pytest.raises(ConfigSetError, match=r"did you mean 'tls_server_config'\?"):
        run.serve(listen=ANY_PORT, web_config=str(path))


def test_a_web_configuration_for_no_port_is_told_if_it_is_an_option(run: Run) -> None:
    settings = Settings().overridden({"metrics.web_config": "web.yml"})
    with pytest.raises(UsageError, match="nothing to serve: add --metrics HOST:PORT"):
        run.serve_by(settings)
    assert run.serve(web_config="web.yml").url == ""


@pytest.mark.parametrize("code", [ExitCode.DONE, ExitCode.ALERTED])
def test_the_file_tells_of_a_run_that_succeeded(run: Run, tmp_path: Path, code: ExitCode) -> None:
    path = tmp_path / "smtpids.prom"
    assert run.serve(textfile=str(path)).write(code)
    assert f"\nsmtpids_run_exit_code {int(code)}.0\n" in path.read_text()
    assert last_success_ns(str(path)) > 0


def test_a_run_that_failed_keeps_when_the_last_one_succeeded(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "smtpids.prom"
    path.write_text("\nsmtpids_run_last_success_timestamp_seconds 1.7e+09\n")
    assert run.serve(textfile=str(path)).write(ExitCode.INPUT)
    assert last_success_ns(str(path)) == 1_700_000_000 * SECOND
    assert "\nsmtpids_run_exit_code 4.0\n" in path.read_text()
    assert run.counts.completed_ns > 1_700_000_000 * SECOND


def test_a_file_that_cannot_be_written_at_the_end_is_told(
    run: Run, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "metrics"
    folder.mkdir()
    serving = run.serve(textfile=str(folder / "smtpids.prom"))
    folder.rmdir()
    with caplog.at_level(logging.ERROR):
        assert not serving.write(ExitCode.DONE)
    assert "cannot be written: No such file or directory" in caplog.text


def test_without_a_file_nothing_is_written(run: Run) -> None:
    assert run.serve().write(ExitCode.DONE)
    assert run.counts.completed_ns == 0


def test_an_option_overrides_the_configuration(tmp_path: Path) -> None:
    site = tmp_path / "site.yml"
    site.write_text("metrics: {listen: '[::1]:9', textfile: out.prom, web_config: web.yml}\n")
    of_file = RunOptions(config_file=str(site)).settings()
    assert of_file["metrics.listen"] == "[::1]:9"
    assert of_file["metrics.textfile"] == f"{tmp_path}/out.prom"
    assert of_file["metrics.web_config"] == f"{tmp_path}/web.yml"
    options = RunOptions(
        config_file=str(site), metrics="off", metrics_textfile="a.prom", web_config="b.yml"
    ).settings()
    assert [options[f"metrics.{name}"] for name in ("listen", "textfile", "web_config")] == [
        "off",
        "a.prom",
        "b.yml",
    ]


def test_a_fault_is_told_with_its_place_and_without_the_password(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    web = tmp_path / "web.yml"
    web.write_text("basic_auth_users:\n  ann: s3cr3t\n")
    arguments = ["--metrics", ANY_PORT, "--web.config.file", str(web)]
    rule, pcap = login_rule(tmp_path), login_pcap(tmp_path)
    code = main(["run", "-R", str(rule), "-r", str(pcap), *arguments])
    out, err = capsys.readouterr()
    assert (code, out) == (ExitCode.RULES, "")
    assert err.startswith(f"{web}:2:3: error: what 'ann' has is no bcrypt hash; 'htpasswd")
    assert "s3cr3t" not in err

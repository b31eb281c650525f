"""What compose.yaml, the provisioning and the configurations of others say fits together.

No container is started here: that the images take these files is not shown by these tests.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from smtpids.metrics.exporter import DEFAULT_ADDRESS
from tests.support.dashboards import GRAFANA, Json

if TYPE_CHECKING:
    from pathlib import Path

LOOPBACK = "127.0.0.1"


def loaded(name: str) -> Json:
    """Return a YAML file of grafana/."""
    found: Json = yaml.safe_load((GRAFANA / name).read_text())
    return found


COMPOSE = loaded("compose.yaml")
SERVICES: Json = COMPOSE["services"]
each_service = pytest.mark.parametrize("name", sorted(SERVICES))


@pytest.mark.parametrize(
    "path", sorted(GRAFANA.rglob("*.y*ml")), ids=lambda path: path.relative_to(GRAFANA).as_posix()
)
def test_every_configuration_is_yaml(path: Path) -> None:
    assert isinstance(yaml.safe_load(path.read_text()), dict)


@each_service
def test_an_image_has_a_version_so_that_tomorrow_it_is_the_same(name: str) -> None:
    image = SERVICES[name]["image"]
    if name == "sensor":
        assert image == "smtpids:latest"  # built from this very tree
    else:
        assert re.fullmatch(r"docker\.io/[a-z]+/[a-z]+:v?\d+\.\d+\.\d+", image)


@each_service
def test_what_a_container_is_given_is_there_and_cannot_be_changed(name: str) -> None:
    for volume in SERVICES[name]["volumes"]:
        source, target, *mode = volume.split(":")
        assert target.startswith("/")
        if source.startswith("."):
            assert (GRAFANA / source).exists()
            assert mode == ["ro"]
        else:
            assert source in COMPOSE["volumes"]


def test_no_volume_is_left_over() -> None:
    used = {volume.split(":")[0] for name in SERVICES for volume in SERVICES[name]["volumes"]}
    assert set(COMPOSE["volumes"]) == {name for name in used if not name.startswith(".")}


@each_service
def test_a_container_listens_on_the_loopback_only(name: str) -> None:
    service = SERVICES[name]
    assert service["network_mode"] == "host"
    assert "ports" not in service
    assert {address.split(":")[0] for address in listened(service)} <= {LOOPBACK, ""}
    if name != "sensor":  # its metrics are on the loopback unless it is told otherwise
        assert listened(service)


@each_service
def test_a_container_has_no_more_rights_than_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service.get("cap_add", []) == (["NET_RAW"] if name == "sensor" else [])
    assert "privileged" not in service


def test_alertmanager_does_not_look_for_others() -> None:
    assert "--cluster.listen-address=" in SERVICES["alertmanager"]["command"]


def test_what_not_everyone_wants_is_started_only_if_asked_for() -> None:
    wanted = {name: service.get("profiles", []) for name, service in SERVICES.items()}
    assert wanted == {
        "prometheus": [], "alertmanager": [], "grafana": [], "loki": ["loki"], "sensor": ["sensor"],
    }  # fmt: skip


def test_grafana_finds_its_data_where_the_containers_listen() -> None:
    sources = {s["type"]: s for s in loaded("provisioning/datasources/smtpids.yaml")["datasources"]}
    assert {kind: source["uid"] for kind, source in sources.items()} == {
        kind: f"smtpids-{kind}" for kind in ("prometheus", "loki", "alertmanager")
    }
    for kind, source in sources.items():
        assert source["url"].removeprefix("http://") in listened(SERVICES[kind])
    assert [kind for kind, source in sources.items() if source.get("isDefault")] == ["prometheus"]


def test_grafana_finds_the_dashboards_where_they_are_mounted() -> None:
    (provider,) = loaded("provisioning/dashboards/smtpids.yaml")["providers"]
    path = provider["options"]["path"]
    mounted = dict(volume.split(":")[:2] for volume in SERVICES["grafana"]["volumes"])
    assert mounted["./dashboards"] == path
    assert provider["allowUiUpdates"] is False
    home = SERVICES["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert home.startswith(f"{path}/")
    assert (GRAFANA / "dashboards" / home.removeprefix(f"{path}/")).is_file()


def test_prometheus_scrapes_where_the_exporter_listens() -> None:
    config = loaded("prometheus/prometheus.yml")
    assert targets(config["scrape_configs"]) == [str(DEFAULT_ADDRESS)]
    assert [job["job_name"] for job in config["scrape_configs"]] == ["smtpids"]


def test_prometheus_tells_alertmanager_and_reads_the_rules() -> None:
    config = loaded("prometheus/prometheus.yml")
    (manager,) = targets(config["alerting"]["alertmanagers"])
    assert manager in listened(SERVICES["alertmanager"])
    for name in config["rule_files"]:
        assert (GRAFANA / "prometheus" / name).is_file()


def test_the_interval_of_the_data_source_is_that_of_the_scrapes() -> None:
    interval = loaded("prometheus/prometheus.yml")["global"]["scrape_interval"]
    (prometheus,) = [
        source
        for source in loaded("provisioning/datasources/smtpids.yaml")["datasources"]
        if source["type"] == "prometheus"
    ]
    assert prometheus["jsonData"]["timeInterval"] == interval


def test_alerts_of_both_severities_have_a_receiver() -> None:
    config = loaded("prometheus/alertmanager.yml")
    receivers = {receiver["name"] for receiver in config["receivers"]}
    routed = {config["route"]["receiver"], *(r["receiver"] for r in config["route"]["routes"])}
    assert routed == receivers


def targets(jobs: list[Json]) -> list[Any]:
    """Return the addresses that are named outright."""
    return [
        target for job in jobs for config in job["static_configs"] for target in config["targets"]
    ]


def listened(service: Json) -> set[str]:
    """Return the addresses on which a container listens, "" for none at all."""
    arguments = [argument.partition("=") for argument in service.get("command", [])]
    found = {value for name, _, value in arguments if name.endswith("listen-address")}
    environment = service.get("environment", {})
    if "GF_SERVER_HTTP_ADDR" in environment:
        found.add(f"{environment['GF_SERVER_HTTP_ADDR']}:{environment['GF_SERVER_HTTP_PORT']}")
    if "loki" in service["image"]:
        server = loaded("loki/loki.yaml")["server"]
        found |= {
            f"{server[f'{kind}_listen_address']}:{server[f'{kind}_listen_port']}"
            for kind in ("http", "grpc")
        }
    return found

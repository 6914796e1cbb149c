"""What set-up does about the environment: proxies, and what matplotlib logs when it is imported."""

from __future__ import annotations

import logging
import os

import pytest

from helpers.lesson.setup import LOOPBACK, exempt_loopback_from_proxies, import_matplotlib_quietly

PROXY = "http://proxy.example.org:3128"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment without proxies. What is set here or there is undone."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    return monkeypatch


def no_proxy() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.lower() == "no_proxy"}


def test_without_a_proxy_nothing_is_set() -> None:
    exempt_loopback_from_proxies()
    assert no_proxy() == {}


@pytest.mark.parametrize("name", ["HTTP_PROXY", "https_proxy", "ALL_PROXY"])
def test_with_a_proxy_loopback_is_exempt(environment: pytest.MonkeyPatch, name: str) -> None:
    environment.setenv(name, PROXY)
    exempt_loopback_from_proxies()
    assert no_proxy() == {"NO_PROXY": "127.0.0.1,localhost"}


def test_what_was_exempt_stays_so_in_either_spelling(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("http_proxy", PROXY)
    environment.setenv("no_proxy", "")
    environment.setenv("NO_PROXY", "example.org, localhost")
    exempt_loopback_from_proxies()
    assert no_proxy() == {"no_proxy": "127.0.0.1,localhost", "NO_PROXY": "example.org,localhost,127.0.0.1"}


@pytest.mark.parametrize("exempt", ["*", "localhost,127.0.0.1"])
def test_an_environment_that_exempts_loopback_is_left_as_it_is(environment: pytest.MonkeyPatch, exempt: str) -> None:
    environment.setenv("http_proxy", PROXY)
    environment.setenv("no_proxy", exempt)
    exempt_loopback_from_proxies()
    assert no_proxy() == {"no_proxy": exempt}


def test_twice_is_as_once(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("http_proxy", PROXY)
    exempt_loopback_from_proxies()
    exempt_loopback_from_proxies()
    assert no_proxy() == {"NO_PROXY": ",".join(LOOPBACK)}


def test_what_matplotlib_logs_while_it_is_imported_is_not_seen_and_later_it_is(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    logger = logging.getLogger("matplotlib.font_manager")
    monkeypatch.setattr("importlib.import_module", lambda name: logger.warning("building the font cache"))
    import_matplotlib_quietly()
    assert caplog.messages == []
    logger.warning("no such font")
    assert caplog.messages == ["no such font"]

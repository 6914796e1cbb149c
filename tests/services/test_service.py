"""Services as their users hold them: arguments, names, what is closed."""

from __future__ import annotations

from typing import Any

import pytest

from helpers import services
from helpers.services import ServiceError, Uniform
from tests.services.conftest import Open


def test_a_service_says_what_it_is_without_its_port(http: Open) -> None:
    api = http(latency_s=Uniform(0.1, 0.2), capacity=10)
    assert repr(api) == f"HttpService({api.name!r}, latency_s=Uniform(low_s=0.1, high_s=0.2), capacity=10)"


@pytest.mark.parametrize("name", ["", "x" * 61, "a\nb"])
def test_an_unusable_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="name must have 1 to 60 printable characters"):
        services.http(name)


def test_a_name_that_is_no_string_is_refused() -> None:
    with pytest.raises(TypeError, match="name must be a string, got 7"):
        services.http(7)  # type: ignore[arg-type]


def test_an_unknown_keyword_suggests_the_nearest() -> None:
    with pytest.raises(TypeError, match=r"services.http\(\) has no parameter 'latncy_s'. Did you mean latency_s\?"):
        services.http("x", latncy_s=0.1)  # type: ignore[arg-type]  # a type checker refuses it, too


def test_wrong_arguments_open_nothing() -> None:
    services.shut_down()
    with pytest.raises(ValueError, match="capacity"):
        services.http("x", capacity=0)
    assert not services.is_running()


def test_an_unknown_change_suggests_the_nearest(http: Open) -> None:
    with pytest.raises(TypeError, match=r"Did you mean capacity\?"):
        http().change(capcity=3)  # type: ignore[call-arg]


def test_a_refused_change_changes_nothing(http: Open) -> None:
    api = http(capacity=3)
    with pytest.raises(ValueError, match="failure_rate"):
        api.change(capacity=5, failure_rate=7)
    assert api.journal().capacity == 3


@pytest.mark.parametrize(("n", "status", "name"), [(-1, 503, "n must be"), (1, 200, "status must be")])
def test_fail_first_refuses_what_makes_no_sense(http: Open, n: int, status: int, name: str) -> None:
    with pytest.raises(ValueError, match=name):
        http().fail_first(n, status=status)


def test_a_journal_since_no_time_at_all_is_refused(http: Open) -> None:
    wrong: Any = 1.5
    with pytest.raises(TypeError, match="since_ns must be a whole number"):
        http().journal(since_ns=wrong)


def test_a_closed_service_says_so_and_closes_again_in_peace(http: Open) -> None:
    api = http()
    api.close()
    api.close()
    with pytest.raises(ServiceError, match=rf"'{api.name}' was closed. Run the cell that opens it again"):
        api.journal()


def test_a_replaced_service_says_so_and_can_not_close_its_successor(http: Open) -> None:
    old = http()
    with services.http(old.name, latency_s=0.0) as new:
        with pytest.raises(ServiceError, match="was replaced by a newer one"):
            old.journal()
        old.close()
        assert len(new.journal()) == 0


def test_a_service_keeps_its_port_when_it_is_closed_and_opened_again(http: Open) -> None:
    old = http()
    old.close()
    with services.http(old.name) as new:
        assert new.url == old.url

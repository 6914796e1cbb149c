"""What a docstring shows comes out as it says."""

from __future__ import annotations

import asyncio
import doctest
import socket
from collections.abc import Iterator

import aiohttp
import pytest
import requests

from helpers import services
from tests.examples import examples, failures, modules

GIVEN = {"services": services, "requests": requests, "aiohttp": aiohttp, "asyncio": asyncio, "socket": socket}
EXAMPLES = [test for module in modules() for test in examples(module)]


@pytest.fixture(scope="module", autouse=True)
def _no_services_are_left() -> Iterator[None]:
    yield
    services.shut_down()


@pytest.mark.parametrize("test", EXAMPLES, ids=lambda test: test.name)
def test_an_example_comes_out_as_it_says(test: doctest.DocTest) -> None:
    assert failures(test, **GIVEN) == []


def test_no_example_is_skipped() -> None:
    skipped = [test.name for test in EXAMPLES if any(doctest.SKIP in each.options for each in test.examples)]
    assert skipped == []


def test_an_example_that_comes_out_otherwise_is_found() -> None:
    parser = doctest.DocTestParser()
    wrong = parser.get_doctest(">>> import asyncio\n>>> await asyncio.sleep(0, 7)\n8\n", {}, "wrong", None, 0)
    assert "Expected:\n    8\nGot:\n    7" in "".join(failures(wrong))

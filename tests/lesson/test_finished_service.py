"""The program of page 12 as its cells have it: a process of its own that ends with the block, and with the kernel."""

from __future__ import annotations

import os

import aiohttp
import psutil
import pytest

from helpers.lesson import group_commit
from helpers.lesson.finished_service import FinishedService
from tests.benchmarks import service as benchmark

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows can't send a process SIGTERM")


async def sent(service: FinishedService, *keys: str) -> list[int]:
    async with aiohttp.ClientSession(service.url) as session:
        return [(await benchmark.post(session, key)).status for key in keys]


async def test_it_keeps_what_it_is_sent_and_stops_cleanly() -> None:
    async with FinishedService(linger_s=0.01) as service:
        assert await sent(service, "a", "b") == [201, 201]
        service.send("SIGTERM")
        assert await service.ended() == "exit status 0"
        assert service.kept() == {"a", "b"}


async def test_nothing_of_it_is_left_after_the_block() -> None:
    async with FinishedService() as service:
        folder = service._folder.name
        assert os.path.isdir(folder)  # noqa: ASYNC240, PTH112 - a moment
    assert not psutil.pid_exists(service.pid)
    assert not os.path.exists(folder)  # noqa: ASYNC240, PTH110


async def test_it_ends_with_the_kernel_whose_end_of_the_pipe_closes() -> None:
    async with FinishedService() as service:
        assert service._process.stdin is not None
        service._process.stdin.close()
        assert await service.ended() == "exit status 1"
        service._process.stdin = None


async def test_a_broken_one_acknowledges_what_is_lost_with_it() -> None:
    async with FinishedService(acknowledges_first=True, disk_s=1.0) as service:
        assert await sent(service, "a", "b", "c") == [201, 201, 201]
        service.send("SIGKILL")
        assert await service.ended() == "ended by SIGKILL"
        assert service.kept() == set()


async def test_an_option_that_it_does_not_know_is_told() -> None:
    with pytest.raises(ChildProcessError, match="unrecognized arguments: --volume=11"):
        async with FinishedService(volume=11):
            pass


@pytest.mark.extended
async def test_the_benchmark_runs(capsys: pytest.CaptureFixture[str]) -> None:
    await benchmark.measure(quick=True)
    printed = capsys.readouterr().out
    assert "50 connected" in printed
    assert printed.count("acknowledged, and not in the file: 0 of") == 3


async def test_threads_and_tasks_have_every_row_committed(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    commit = group_commit.commit

    def counted(database: object, values: list[float]) -> None:
        sizes.append(len(values))
        commit(database, values)  # type: ignore[arg-type]

    monkeypatch.setattr(group_commit, "commit", counted)
    assert group_commit.with_threads(5, 4) > 0
    assert sum(sizes) == 20
    sizes.clear()
    assert await group_commit.with_tasks(5, 4, most=1) > 0
    assert sizes == [1] * 20
    sizes.clear()
    assert group_commit.rows_per_s(20, 10) > 0
    assert sizes == [10, 10]

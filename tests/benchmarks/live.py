"""Measure what a live view costs: `python -m tests.benchmarks.live` (four minutes; `--quick` is a smoke test).

Each way shows the same growing run in a real kernel, twenty times a second, while a heartbeat of 5 ms sleeps shows how
late the loop is. Nobody reads what is sent: what the browser does is its own time. Then the observer effect of recorder
and live view, in pairs with the same work unwatched, as `tests.benchmarks.timeline` does it. At last what is seen: the
frames that a canvas draws in a JupyterLab in Chromium, where there is one. It has no graphics card here, and the cores
are those of kernel and server.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import os
import platform
import statistics
import sys
import time
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient

from tests.benchmarks.live_seen import seen
from tests.benchmarks.timeline import interval_of_median
from tests.kernel_manager import kernel_manager
from tests.lesson.kernels import await_reply

ROOT = Path(__file__).parents[2]
WAYS = {
    "live canvas": "live",
    "matplotlib, a new figure by display_id": "figure",
    "matplotlib, artists reused, by display_id": "artists",
    "ipympl, artists reused": "ipympl",
}


class Kernel:
    """A kernel that is talked to as a page does."""

    def __init__(self) -> None:
        self._manager = kernel_manager(kernel_name="python3")
        self._manager.start_kernel(cwd=str(ROOT), extra_arguments=["--log-level=ERROR"])
        self._client: BlockingKernelClient = self._manager.blocking_client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=60)

    def run(self, code: str) -> Any:
        """Run a cell and return what it printed as JSON."""
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False, "user_expressions": {}}
        request = self._client.session.msg("execute_request", content, metadata={"cellId": "benchmark"})
        self._client.shell_channel.send(request)
        printed = ""
        while True:
            try:
                message = self._client.get_iopub_msg(timeout=120)
            except Empty:
                raise TimeoutError(code) from None
            if message["parent_header"].get("msg_id") != request["header"]["msg_id"]:
                continue
            if message["msg_type"] == "error":
                raise RuntimeError("\n".join(message["content"]["traceback"]))
            if message["msg_type"] == "stream" and message["content"]["name"] == "stdout":
                printed += message["content"]["text"]
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                await_reply(self._client, request["header"]["msg_id"], 120)
                return json.loads(printed.splitlines()[-1]) if printed.strip() else None

    def close(self) -> None:
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)


def measured(way: str, lanes: int, seconds: float) -> dict[str, float]:
    """Return frames, milliseconds a frame and lag of one way, in a kernel of its own."""
    kernel = Kernel()
    try:
        code = f"from tests.benchmarks import live_ways\nawait live_ways.show({way!r}, {lanes}, {seconds})"
        result: dict[str, float] = kernel.run(code)
    finally:
        kernel.close()
    return result


def observer_effect(pairs: int) -> list[float]:
    """Return the ratios of a run that is recorded and shown to one that is not."""
    kernel = Kernel()
    try:
        ratios: list[float] = kernel.run(f"from tests.benchmarks import live_ways\nawait live_ways.pairs({pairs})")
    finally:
        kernel.close()
    return ratios


def main(arguments: list[str]) -> None:
    """Print every figure with its goal."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.live", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smoke test: few rounds, figures that say little")
    quick = parser.parse_args(arguments).quick
    seconds, pairs, sizes = (1.0, 2, [50]) if quick else (5.0, 30, [50, 1000])
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for lanes in sizes:
        print(f"{lanes} lanes; milliseconds that the loop is blocked by a frame, and how late a heartbeat of 5 ms is")
        for what, way in WAYS.items():
            if way == "ipympl" and importlib.util.find_spec("ipympl") is None:
                print(f"  {what}: not installed (pip install ipympl)")
                continue
            got = measured(way, lanes, seconds)
            goal = "; goal 1.0" if way == "live" else ""
            print(
                f"  {what}: median {got['median_ms']:.2f}, worst {got['worst_ms']:.1f}{goal};"
                f" lag p99 {got['lag_p99_ms']:.1f}, worst {got['lag_worst_ms']:.1f};"
                f" {got['frames_per_s']:.1f} frames a second; {got['rss_mib']:.0f} MiB"
            )
    started_s = time.perf_counter()
    ratios = observer_effect(pairs)
    low, high = interval_of_median(ratios)
    print(
        f"recorded and shown live, 200 loops of 10 × sleep(0.05): {statistics.median(ratios) - 1:+.1%}, 95 % interval"
        f" {low - 1:+.1%} to {high - 1:+.1%}, {len(ratios)} pairs (goal 5 %), {time.perf_counter() - started_s:.0f} s"
    )
    try:
        drawn = asyncio.run(seen(sizes, frames=int(20 * seconds)))
    except FileNotFoundError as reason:
        print(f"frames a second seen in the browser: not measured, {reason}")
        return
    for lanes, of_it in drawn.items():
        print(
            f"seen in the browser, {lanes} lanes: {of_it.frames_per_s:.1f} frames a second of the 20 that are sent,"
            f" the longest gap {of_it.longest_gap_ms:.0f} ms"
        )


if __name__ == "__main__":
    main(sys.argv[1:])

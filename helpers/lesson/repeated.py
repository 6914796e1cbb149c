"""A test run again and again: how often it failed, and how long each run took (page 11)."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from helpers.timeline import duration
from helpers.timeline.palette import palette

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SIZE = (9.6, 2.6)  # inches at 100 dots: the width of a notebook's output
_SHARPNESS = 2
_LEAST_S = 0.06  # of the axis: two pictures below each other have the same one, unless a run takes longer


@dataclass(frozen=True)
class Repeated:
    """How the runs of one test went, shown by a notebook as a picture: a point for each run, a cross where it failed.

    Attributes:
        name: of the test.
        seconds: how long each run took.
        failed: the numbers of those that failed, from 0.
    """

    name: str
    seconds: tuple[float, ...]
    failed: tuple[int, ...]

    @property
    def failed_percent(self) -> float:
        """How many of a hundred runs failed."""
        return 100 * len(self.failed) / len(self.seconds)

    @property
    def median_s(self) -> float:
        """How long a run took: half of them were quicker."""
        return median(self.seconds)

    def __str__(self) -> str:
        failed = f"{self.failed_percent:.1f} % of {len(self.seconds)} runs failed"
        return f"{self.name}: {failed}; a run took {duration(self.median_s)} (median)"

    __repr__ = __str__

    def figure(self) -> Figure:
        """Draw the runs."""
        import matplotlib as mpl  # takes 0.4 s: not before it is needed
        from matplotlib.figure import Figure

        with mpl.rc_context({"font.size": 9, "font.family": "DejaVu Sans"}):
            figure = Figure(figsize=_SIZE, dpi=100, facecolor="white")
            axes = figure.add_axes((0.075, 0.2, 0.74, 0.66))
            colors = palette()
            passed = [n for n in range(len(self.seconds)) if n not in set(self.failed)]
            for numbers, marker, color, label, size in (
                (passed, "o", colors["busy"], "passed", 9.0),
                (self.failed, "x", colors["endings"]["FAILED"]["fill"], "failed", 34.0),
            ):
                ys = [self.seconds[n] * 1000 for n in numbers]
                axes.scatter([n + 1 for n in numbers], ys, s=size, marker=marker, color=color, clip_on=False, zorder=3)
                axes.scatter([], [], s=size, marker=marker, color=color, label=f"{len(numbers)} {label}")
            axes.set_ylim(0, max(_LEAST_S, *self.seconds) * 1000)
            axes.set_xlim(0, len(self.seconds) + 1)
            axes.set_title(
                f"{self.name}, run {len(self.seconds)} times",
                loc="left",
                fontweight="bold",
                fontsize=11.5,
                color=colors["ink"],
            )
            axes.set_xlabel("run")
            axes.set_ylabel("took ms")
            axes.grid(axis="y", color="#e6e6e6", linewidth=0.8)
            for side in ("top", "right"):
                axes.spines[side].set_visible(False)
            axes.legend(frameon=False, fontsize=9, loc="center left", bbox_to_anchor=(1.0, 0.5))
        return figure

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        from PIL import Image  # comes with matplotlib

        drawn, packed = io.BytesIO(), io.BytesIO()
        self.figure().savefig(drawn, format="png", dpi=100 * _SHARPNESS)
        image = Image.open(drawn).convert("RGB").quantize(64, dither=Image.Dither.NONE)
        image.save(packed, format="png", optimize=True)
        width, height = (round(inches * 100) for inches in _SIZE)
        about = {"width": width, "height": height, "alt": str(self), "needs_background": "light"}
        return {"image/png": packed.getvalue(), "text/plain": str(self)}, {"image/png": about}


async def repeated(test: Callable[..., Awaitable[object]], *arguments: object, times: int = 200) -> Repeated:
    """Run a test again and again, one run after another, and tell how often it failed.

    A run that raises an exception has failed. Tasks that it left are cancelled before the next, outside the time taken.

    Args:
        test: a coroutine function.
        arguments: what each run is given.
        times: how many runs.
    """
    seconds, failed = [], []
    for number in range(times):
        before = asyncio.all_tasks()
        began = time.perf_counter()
        try:
            await test(*arguments)
        except (asyncio.CancelledError, KeyboardInterrupt, SystemExit):
            raise
        except BaseException:  # what `pytest.raises` and `pytest.fail` raise is no Exception
            failed.append(number)
        seconds.append(time.perf_counter() - began)
        left = asyncio.all_tasks() - before
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
    return Repeated(getattr(test, "__name__", "the test"), tuple(seconds), tuple(failed))

"""A replay in a real browser: a page of its own, without Jupyter and without a kernel."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from helpers.timeline import Timeline

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]
HOSTILE = "<img src=x onerror=alert(1)>"


async def rude() -> None:
    time.sleep(0.15)  # noqa: ASYNC251 - it blocks the loop


@pytest_asyncio.fixture(loop_scope="package")
async def page(browser: Browser, tmp_path: Path) -> AsyncIterator[Page]:
    """A page with the replay of a wait during which the loop is blocked."""
    async with Timeline("Held", show=False) as timeline:
        nap = asyncio.create_task(asyncio.sleep(0.05), name=HOSTILE)
        await asyncio.sleep(0.01)
        await asyncio.gather(nap, asyncio.create_task(rude()))
    path = tmp_path / "replay.html"
    timeline.replay(speed=0.1).save(path)
    async with opened_at(browser, path) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="package")
async def beginning(browser: Browser, tmp_path: Path) -> AsyncIterator[Page]:
    """A page with the replay of the first 20 ms of a block in which the loop is blocked after 40 ms."""
    async with Timeline("Held later", show=False) as timeline:
        nap = asyncio.create_task(asyncio.sleep(0.1), name="nap")
        await asyncio.sleep(0.04)
        await asyncio.gather(nap, asyncio.create_task(rude()))
    path = tmp_path / "beginning.html"
    timeline.replay(speed=0.01, until_s=0.02).save(path)  # two seconds: a busy machine needs some to look
    async with opened_at(browser, path) as opened:
        yield opened


@asynccontextmanager
async def opened_at(browser: Browser, path: Path) -> AsyncIterator[Page]:
    """Open the page of a replay and put the focus on it; it must not leave an error."""
    opened = await browser.new_page(viewport={"width": 1000, "height": 700})
    errors: list[str] = []
    opened.on("console", lambda message: errors.append(message.text))
    opened.on("pageerror", lambda error: errors.append(str(error)))
    await opened.goto(path.as_uri())
    await opened.wait_for_selector("canvas[data-at]")
    await opened.locator(".timeline-stage").focus()
    yield opened
    await opened.close()
    assert errors == []


async def state(page: Page) -> dict[str, Any]:
    """Return what the canvas says of itself, after what was pressed has been drawn."""
    await page.evaluate("() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    said: dict[str, Any] = await page.locator("canvas").evaluate("canvas => ({...canvas.dataset})")
    return said


async def press(page: Page, *keys: str) -> dict[str, Any]:
    for key in keys:
        await page.keyboard.press(key)
    return await state(page)


async def test_space_plays_in_slow_motion_and_pauses(page: Page) -> None:
    assert (await press(page, "Home", "Space"))["playing"] == "true"
    await page.wait_for_function("() => document.querySelector('canvas').dataset.at > 5000")
    paused = await press(page, "Space")
    later = await state(page)
    assert (paused["playing"], later["at"]) == ("false", paused["at"])


async def test_a_lane_in_focus_is_told_and_announced(page: Page) -> None:
    assert (await press(page, "ArrowDown"))["lane"] == "1"
    card = page.locator(".timeline-card [aria-live]")
    assert await card.get_attribute("aria-live") == "polite"
    text = await card.inner_text()
    assert text.startswith(f"{HOSTILE}: the longest: ")
    assert "rude()" in text


async def test_a_name_is_text_and_never_markup(page: Page) -> None:
    await press(page, "ArrowDown")
    assert await page.locator("img").count() == 0


async def test_from_a_wait_one_jumps_to_who_held_the_loop(page: Page) -> None:
    jumped = await press(page, "ArrowDown", "j")
    assert jumped["lane"] == "2"
    assert (await page.locator(".timeline-card [aria-live]").inner_text()).startswith("rude()")


async def test_plus_zooms_in_and_zero_shows_all_of_it(page: Page) -> None:
    whole = await state(page)
    close = await press(page, "+", "+")
    again = await press(page, "0")
    assert int(close["to"]) - int(close["from"]) == pytest.approx(int(whole["to"]) / 4, rel=0.01)
    assert (again["from"], again["to"]) == (whole["from"], whole["to"])


async def test_arrows_go_from_segment_to_segment(page: Page) -> None:
    first = await press(page, "ArrowDown", "Home")
    second = await press(page, "ArrowRight", "ArrowRight")
    assert int(second["at"]) > int(first["at"]) == 0


async def test_the_slider_scrubs(page: Page) -> None:
    before = await press(page, "End")
    await page.locator("input[type=range]").focus()
    after = await press(page, *["ArrowLeft"] * 5)
    assert int(after["at"]) < int(before["at"])


async def test_a_lane_under_the_pointer_is_told(page: Page) -> None:
    box = await page.locator("canvas").bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 4 + 30 + 3 + 24 * 2.5)
    await state(page)
    assert (await page.locator(".timeline-card [aria-live]").inner_text()).startswith("rude()")


async def test_of_the_beginning_no_more_is_shown_or_played(beginning: Page) -> None:
    fitted = await press(beginning, "0", "-")
    assert (fitted["from"], fitted["to"]) == ("0", "20000")
    assert (await press(beginning, "Home", "Space"))["playing"] == "true"
    await beginning.wait_for_function("() => document.querySelector('canvas').dataset.playing === 'false'")
    assert (await state(beginning))["at"] == "20000"


async def test_of_the_beginning_the_card_tells_the_whole_wait(beginning: Page) -> None:
    await press(beginning, "ArrowDown", "End")
    text = await beginning.locator(".timeline-card [aria-live]").inner_text()
    assert "rude()" in text
    assert not await beginning.locator(".timeline-card button").is_visible()

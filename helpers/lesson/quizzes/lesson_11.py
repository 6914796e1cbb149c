"""What runs a test, what a sleep is worth, what stops a hang, what a mock does."""

from helpers.lesson.quizzes import Option, Question

QUESTIONS = (
    Question(
        "nobody",
        "What does this test do?",
        code="""\
import unittest


class TestSum(unittest.TestCase):
    async def test_sum(self):
        self.assertEqual(1 + 1, 3)


result = unittest.TestResult()
TestSum("test_sum").run(result)""",
        options=(
            Option("it passes", "`TestCase` calls it, gets a coroutine, and never awaits that.", right=True),
            Option("it fails", "It would in an `IsolatedAsyncioTestCase`, which awaits it."),
            Option("it is skipped", "It is called like any other test. But the call doesn't run it."),
        ),
    ),
    Question(
        "sleep",
        "The page takes 3 seconds today. How does the test end?",
        code="""\
pages = {}


async def fetch():
    await asyncio.sleep(3)
    pages["oslo"] = "rain"


async def test_page():
    task = asyncio.create_task(fetch())
    await asyncio.sleep(2)
    assert "oslo" in pages


await test_page()""",
        options=(
            Option("it passes after 3 s", "It doesn't wait for the page, but for 2 s."),
            Option("it fails after 2 s", "On a day when the page takes 1 s, it passes.", right=True),
            Option("it passes after 2 s", "Then `pages` is still empty."),
        ),
    ),
    Question(
        "limit",
        "The event is never set. How does the test end?",
        code="""\
async def test_event():
    done = asyncio.Event()
    async with asyncio.timeout(5):
        await done.wait()


await test_event()""",
        options=(
            Option("it hangs", "It would without the limit."),
            Option("it fails after 5 s", "The limit raises a TimeoutError.", right=True),
            Option("it passes after 5 s", "The end of the limit is an exception, not a return."),
        ),
    ),
    Question(
        "mock",
        "What does this print?",
        code="""\
from unittest.mock import AsyncMock

call = AsyncMock(side_effect=[ConnectionError, "fine"])
try:
    await call()
except ConnectionError:
    print(await call(), call.await_count)""",
        options=(
            Option("fine 1", "The await that raised counts as well."),
            Option("fine 2", "It works through its list, one item for each await, and counts the awaits.", right=True),
            Option("ConnectionError 2", "The second call gives the second item of the list, which isn't an exception."),
        ),
    ),
)

"""A right answer is right in every style that works in a notebook: caches, pools, context variables, names, loops."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import importlib
import multiprocessing
import pickle
import socket
import sys
import threading
import weakref
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from helpers.exercises import report
from helpers.exercises.grader import Verdict, grade
from tests.exercises.practice import EXERCISE, fetch_all

pytestmark = pytest.mark.filterwarnings("ignore:There is no current event loop")
START_METHODS = multiprocessing.get_all_start_methods()


def notebook(code: str, **names: Any) -> Any:
    """Run a cell's code in the namespace of a notebook, and return the `answer` that it defines."""
    here = {"__name__": "__main__", "asyncio": asyncio, "fetch_all": fetch_all, **names}
    exec(compile(code, f"<cell {abs(hash(code))}>", "exec"), here)
    return here["answer"]


def seen(verdict: Verdict) -> str:
    return report.text(verdict)


RIGHT = {
    "cache": """
import functools
@functools.cache
def page(city): return f"/cities/{city}"
async def fetch(session, city):
    async with session.get(page(city)) as response:
        return (await response.json())["name"]
async def answer(session, cities):
    return await asyncio.gather(*[fetch(session, city) for city in cities])
""",
    "a cache that calls itself": """
import functools
@functools.lru_cache(maxsize=10)
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
async def answer(session, cities):
    assert fib(10) == 55 and fib.cache_parameters()["maxsize"] == 10
    return await fetch_all(session, cities)
""",
    "cached_property": """
import functools
class Page:
    def __init__(self, city): self.city = city
    @functools.cached_property
    def path(self): return f"/cities/{self.city}"
async def answer(session, cities):
    assert Page("oslo").path == "/cities/oslo"
    return await fetch_all(session, cities)
""",
    "singledispatch": """
import functools
@functools.singledispatch
def path(one): return "?"
@path.register
def _(one: str): return f"/cities/{one}"
async def answer(session, cities):
    assert path("oslo") == "/cities/oslo" and path(1) == "?"
    return await fetch_all(session, cities)
""",
    "a context variable": """
import contextvars
current = contextvars.ContextVar("current", default="nowhere")
async def answer(session, cities):
    assert current.get() == "nowhere"
    current.set("oslo")
    return await fetch_all(session, cities)
""",
    "locks of the module": """
import threading
lock, again, places, done = threading.Lock(), threading.RLock(), threading.Semaphore(2), threading.Event()
async def answer(session, cities):
    with lock, again, again, places:
        done.set()
    return await fetch_all(session, cities)
""",
    "a pool of the module": """
from concurrent.futures import ThreadPoolExecutor
pool = ThreadPoolExecutor(max_workers=3)
async def answer(session, cities):
    loop = asyncio.get_running_loop()
    await asyncio.gather(*[loop.run_in_executor(pool, len, city) for city in cities])
    return await fetch_all(session, cities)
""",
    "a larger default pool": """
from concurrent.futures import ThreadPoolExecutor
async def answer(session, cities):
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(64, thread_name_prefix="mine"))
    await asyncio.gather(*[asyncio.to_thread(len, city) for city in cities])
    return await fetch_all(session, cities)
""",
    "pickled by name": """
import pickle
class City:
    def __init__(self, name): self.name = name
HOME = City("oslo")
async def answer(session, cities):
    assert pickle.loads(pickle.dumps(HOME)).name == "oslo"
    assert pickle.loads(pickle.dumps(answer)) is answer
    return await fetch_all(session, cities)
""",
    "globals and __main__": """
import __main__
async def answer(session, cities):
    assert __main__.fetch_all is globals()["fetch_all"]
    assert __name__ == "__main__"
    return await globals()["fetch_all"](session, cities)
""",
    "a semaphore outside the function": """
places = asyncio.Semaphore(3)
async def answer(session, cities):
    async with places:
        return await fetch_all(session, cities)
""",
    "weak collections": """
import weakref
class Thing: pass
seen = weakref.WeakSet()
names = weakref.WeakKeyDictionary()
async def answer(session, cities):
    thing = Thing()
    seen.add(thing)
    names[thing] = 1
    return await fetch_all(session, cities)
""",
    "tqdm": """
from tqdm.asyncio import tqdm
async def answer(session, cities):
    await tqdm.gather(*[asyncio.sleep(0.01) for _ in range(3)])
    return await fetch_all(session, cities)
""",
    "its own dots": """
MISSING = ...
async def answer(session, cities, extra=...):
    class Asks:
        def ask(self): ...
    try:
        x = ...
    except ValueError: ...
    return await fetch_all(session, cities)
""",
}


@pytest.mark.parametrize("style", RIGHT)
def test_what_works_in_a_notebook_is_right(style: str) -> None:
    if "tqdm" in RIGHT[style]:
        pytest.importorskip("tqdm")
    verdict = grade(EXERCISE, notebook(RIGHT[style]))
    assert verdict.right, seen(verdict)


PROCESSES = """
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
def square(n): return n * n
async def answer(session, cities):
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("{method}")) as pool:
        squares = [await loop.run_in_executor(pool, square, n) for n in (1, 2, 3)]
    assert squares == [1, 4, 9]
    return await fetch_all(session, cities)
"""


@pytest.mark.skipif("fork" not in START_METHODS, reason="needs fork")
def test_a_process_pool_that_forks_knows_the_notebooks_functions() -> None:
    verdict = grade(EXERCISE, notebook(PROCESSES.format(method="fork")))
    assert verdict.right, seen(verdict)


@pytest.mark.parametrize("method", [method for method in START_METHODS if method != "fork"])
def test_a_process_pool_that_starts_anew_knows_them_no_better_than_in_a_notebook(method: str) -> None:
    verdict = grade(EXERCISE, notebook(PROCESSES.format(method=method)))
    assert "BrokenProcessPool" in seen(verdict)  # as in a notebook: a new process has no such `__main__`


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A module of the learner's own beside the notebook, which can't go by value."""
    (tmp_path / "mylib_of_mine.py").write_text(
        "import asyncio\n_seen = iter(lambda: 1, 2)\n_words = (n for n in 'ab')\n"
        "async def name_of(session, city):\n    next(_words)\n"
        "    async with session.get(f'/cities/{city}') as response:\n        return (await response.json())['name']\n"
        "async def answer(session, cities):\n"
        "    rest = [other(session, city) for city in cities[1:]]\n"
        "    return [await name_of(session, cities[0]), *await asyncio.gather(*rest)]\n"
        "async def other(session, city):\n"
        "    async with session.get(f'/cities/{city}') as response:\n        return (await response.json())['name']\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module("mylib_of_mine")
    sys.modules.pop("mylib_of_mine", None)


def test_a_module_of_ones_own_that_can_not_go_by_value_goes_by_its_name(library: ModuleType) -> None:
    verdict = grade(EXERCISE, library.answer)
    assert verdict.checked
    assert verdict.passed[:1] == ("Three names in order",), seen(verdict)


def test_the_notebooks_running_loop_stands_for_that_of_the_run() -> None:
    async def check() -> Verdict:
        code = """
async def answer(session, cities):
    assert loop == asyncio.get_running_loop()
    assert await loop.run_in_executor(None, len, "abc") == 3
    assert await loop.create_task(asyncio.sleep(0, 7)) == 7
    future = asyncio.wrap_future(asyncio.run_coroutine_threadsafe(asyncio.sleep(0, 8), loop))
    assert await future == 8
    return await fetch_all(session, cities)
"""
        return grade(EXERCISE, notebook(code, loop=asyncio.get_running_loop()))

    verdict = asyncio.run(check())
    assert verdict.right, seen(verdict)


def _opened() -> Any:
    return open(__file__, encoding="utf-8")  # noqa: PTH123


STUCK: dict[str, Any] = {"a file": _opened, "a generator": lambda: (n for n in "abc"), "a socket": socket.socket}


@pytest.mark.parametrize("what", STUCK)
def test_what_can_not_be_sent_is_the_checks_limit_and_not_called_wrong(what: str) -> None:
    thing = STUCK[what]()
    try:
        verdict = grade(
            EXERCISE,
            notebook(
                "async def answer(session, cities):\n    thing\n    return await fetch_all(session, cities)",
                thing=thing,
            ),
        )
        if what == "a file":  # cloudpickle takes its text along
            assert verdict.right, seen(verdict)
            return
        assert not verdict.checked
        assert not verdict.right
        text = seen(verdict)
        assert text.startswith("– 9.1 Three at once: can't be checked\n")
        assert "can't send `thing`" in text
        assert "does not say that your answer is wrong" in text
        assert "✗" not in text
    finally:
        thing.close()


def test_the_part_that_can_not_be_sent_is_named() -> None:
    class Page:
        words = (n for n in "abc")

    verdict = grade(EXERCISE, notebook("async def answer(session, cities):\n    return Page", Page=Page))
    assert "can't send `Page.words`, a generator" in seen(verdict).replace(" there,", ",")


def test_a_lock_that_somebody_holds_is_the_notebooks_own() -> None:
    lock = threading.Lock()
    code = "async def answer(session, cities):\n    with lock:\n        return await fetch_all(session, cities)"
    with lock:
        verdict = grade(EXERCISE, notebook(code, lock=lock))
    assert verdict.checked
    assert "Take `lock` from the arguments, or make it inside the function." in seen(verdict)


def test_what_is_made_anew_is_as_it_was() -> None:
    from helpers.exercises import _departure

    variable = contextvars.ContextVar("x", default=3)
    made = pickle.loads(_departure.dumps([variable, variable, weakref.WeakSet(), functools.cache(len)]))
    assert made[0] is made[1]
    assert made[0].get() == 3
    with ThreadPoolExecutor(5) as pool, ProcessPoolExecutor(2) as processes:
        one, other = pickle.loads(_departure.dumps([pool, processes]))
    assert (one._max_workers, other._max_workers) == (5, 2)
    one.shutdown()
    other.shutdown()

"""Two waits for the price of one: the first program of the course, as a script.

In a notebook an event loop is running already, and Jupyter lets you write `await` in a cell. A script has no loop:
`asyncio.run` starts one, runs one coroutine in it to its end, and closes it.

    python notebooks/take_home/00_first_script.py
"""

import asyncio
import time


async def answer(question: str, after_s: float) -> str:
    await asyncio.sleep(after_s)  # stands for anything that takes time and needs no work: a request, a query
    return f"{question}? Yes."


async def main() -> None:
    begin = time.perf_counter()
    first = asyncio.create_task(answer("Ready", after_s=0.2))
    second = asyncio.create_task(answer("Steady", after_s=0.2))
    print(await first, await second)
    print(f"0.2 s and 0.2 s of waiting took {time.perf_counter() - begin:.1f} s")


if __name__ == "__main__":
    asyncio.run(main())

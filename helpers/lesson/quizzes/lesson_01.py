"""Await in a loop, rounds, what a timeout can't do, who is late when the loop is held, and Little's law."""

from helpers.lesson.quizzes import Option, Question

QUESTIONS = (
    Question(
        "await in a loop",
        "How many seconds does this take?",
        code="""\
for _ in range(10):
    await asyncio.sleep(0.05)""",
        options=(
            Option(
                "0.05",
                "All ten would have to be started before the first is awaited. Here each begins after the last.",
            ),
            Option("0.5", "N·L. `await` means *go on when this is done*. It starts nothing beside it.", right=True),
            Option("That depends on the number of cores", "Nothing here computes. Waiting uses no core at all."),
        ),
    ),
    Question(
        "rounds",
        "How many milliseconds does this take?",
        code="""\
tokens = asyncio.Semaphore(5)


async def request():
    async with tokens:
        await asyncio.sleep(0.1)


await asyncio.gather(*[request() for _ in range(12)])""",
        options=(
            Option("100", "Only five may be in flight."),
            Option(
                "240",
                "12/5 = 2.4, but there is no 0.4 of a round: who starts in the third round takes the full 100 ms.",
            ),
            Option("300", "⌈12/5⌉ = 3 rounds of 100 ms.", right=True),
        ),
    ),
    Question(
        "timeout",
        "`asyncio.timeout(s)` ends the wait in its block after `s` seconds, with a `TimeoutError`. How many seconds "
        "does this take, and which exception does it raise?",
        code="""\
async with asyncio.timeout(0.05):
    time.sleep(0.3)""",
        options=(
            Option(
                "0.05; TimeoutError",
                "The timer is run by the loop, and the loop is held by `time.sleep`. Nobody can look at the clock.",
            ),
            Option(
                "0.3; TimeoutError",
                "A timeout acts at an `await`. There is none in the block, and when it ends the timer is put away.",
            ),
            Option(
                "0.3; none",
                "A timeout can only end a *wait*. Here nothing waits: the thread sleeps, and the block ends before the "
                "loop gets a turn.",
                right=True,
            ),
        ),
    ),
    Question(
        "late",
        "Nine tasks wait 0.1, 0.2 … 0.9 s. Another one holds the loop for 0.35 s. How many of the nine come late?",
        code="""\
async def wait(seconds):
    begin = time.perf_counter()
    await asyncio.sleep(seconds)
    return time.perf_counter() - begin - seconds


async def hold():
    time.sleep(0.35)


*late, _ = await asyncio.gather(*[wait(n / 10) for n in range(1, 10)], hold())""",
        options=(
            Option("0: they are other tasks", "They share one thread with it, and the thread is asleep."),
            Option(
                "3",
                "Those whose wait is over during the 0.35 s: 0.1, 0.2 and 0.3. The others would have waited anyway.",
                right=True,
            ),
            Option("9, by 0.35 s each", "Who would have gone on waiting loses nothing. Six come on time."),
        ),
    ),
    Question(
        "little",
        "A service finishes 200 requests a second, and each takes 40 ms. How many are in flight on average?",
        options=(
            Option("5", "That is 200 / 40. The law multiplies, and in seconds."),
            Option("8", "Little's law: 200 per second × 0.04 s = 8.", right=True),
            Option("It can't be known", "It can. The law holds however the requests are spread over time."),
        ),
    ),
)

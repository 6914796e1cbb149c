"""Await in a loop, the slowest answer, a task made too late, who is late when the loop is blocked, which job."""

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
                "Then all ten would have to begin together. Here each begins when the one before it is over.",
            ),
            Option(
                "0.5", "N·L. `await` means *go on when this is done*. Only then does the next one begin.", right=True
            ),
            Option("That depends on the number of cores", "Nothing here calculates. Waiting uses no core at all."),
        ),
    ),
    Question(
        "gather",
        "How many seconds does this take, and which number comes first in `answers`?",
        code="""\
async def answer(after_s):
    await asyncio.sleep(after_s)
    return after_s


answers = await asyncio.gather(answer(0.3), answer(0.1), answer(0.2))""",
        options=(
            Option("0.6 s; 0.3", "The three wait at the same time: `gather` makes tasks of all before it waits."),
            Option("0.3 s; 0.1", "0.1 is there first. But `gather` keeps the order in which you gave the coroutines."),
            Option("0.3 s; 0.3", "The slowest one counts, and the answers keep your order.", right=True),
        ),
    ),
    Question(
        "too late",
        "How many seconds does this take?",
        code="""\
first = asyncio.create_task(asyncio.sleep(0.1))
await asyncio.sleep(0.1)
second = asyncio.create_task(asyncio.sleep(0.1))
await first
await second""",
        options=(
            Option("0.1", "`second` is made only when the second line has waited. It can't overlap with that wait."),
            Option("0.2", "`first` overlaps with the second line. `second` begins after both.", right=True),
            Option("0.3", "`first` was scheduled before the second line, and ran while that waited."),
        ),
    ),
    Question(
        "late",
        "Nine tasks wait 0.1, 0.2 … 0.9 s. Another one blocks the loop for 0.35 s. How many of the nine are late?",
        code="""\
async def wait(seconds):
    begin = time.perf_counter()
    await asyncio.sleep(seconds)
    return time.perf_counter() - begin - seconds


async def nap():
    time.sleep(0.35)


*late, _ = await asyncio.gather(*[wait(n / 10) for n in range(1, 10)], nap())""",
        options=(
            Option("0: they are other tasks", "They share one thread with it, and the thread is asleep."),
            Option(
                "3",
                "Those whose wait is over during the 0.35 s: 0.1, 0.2 and 0.3. The others would have waited anyway.",
                right=True,
            ),
            Option("9, by 0.35 s each", "A task that would still be waiting loses nothing. Six are on time."),
        ),
    ),
    Question(
        "which job",
        "Which of these can asyncio make much faster, in one thread?",
        options=(
            Option(
                "Make 500 photos smaller, with a library in Python",
                "That is work. One thread does one photo after another.",
            ),
            Option("Ask 50 servers whether they are up", "Fifty waits, and they can overlap.", right=True),
            Option("Ask one server one question", "There is one wait, and nothing that could overlap with it."),
        ),
    ),
)

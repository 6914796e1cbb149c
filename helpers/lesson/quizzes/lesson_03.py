"""A queue without a bound, what a semaphore bounds, two processes, a full bucket, and a busy thread."""

from helpers.lesson.quizzes import Option, Question

QUESTIONS = (
    Question(
        "queue",
        "How many items are in the queue at its longest?",
        code="""\
queue, longest = asyncio.Queue(), 0


async def consume():
    while True:
        await queue.get()
        await asyncio.sleep(0.01)


consuming = asyncio.create_task(consume())
for n in range(100):
    await queue.put(n)
    longest = max(longest, queue.qsize())
consuming.cancel()""",
        options=(
            Option("1", "That would need a bound: `asyncio.Queue(1)`. Then `put` waits, and the consumer gets a turn."),
            Option("99", "The consumer would have to take one meanwhile. It never gets a turn before the loop ends."),
            Option(
                "100",
                "`put` waits only when the queue is full, and this one never is. So nothing hands the loop back.",
                right=True,
            ),
        ),
    ),
    Question(
        "semaphore",
        "How many requests a second is this?",
        code="""\
tokens = asyncio.Semaphore(5)


async def request():
    async with tokens:
        await asyncio.sleep(0.02)


await asyncio.gather(*[request() for _ in range(1000)])""",
        options=(
            Option("5", "Five are in flight at a time, not in a second. A semaphore knows no clock."),
            Option("250", "k / L = 5 / 0.02 s. A service twice as quick would make it 500.", right=True),
            Option("1000", "All thousand tasks are there at once, but only five at a time hold a token."),
        ),
    ),
    Question(
        "bucket",
        "A token bucket holds 10 tokens, gains 10 a second, and is full. Thirty requests come together. "
        "How many have started after 0.95 s?",
        options=(
            Option("10", "Those start at once. But from then on the bucket gains a token every 0.1 s."),
            Option("19", "10 at once, and 9 more with the tokens gained meanwhile: nearly twice the rate.", right=True),
            Option("30", "The rest need tokens that are not there yet."),
        ),
    ),
    Question(
        "processes",
        "A service rejects what goes beyond 20 at a time, and your program has a `Semaphore(20)`. "
        "You start it a second time. How many may be in flight now?",
        options=(
            Option("40", "Each process has a semaphore of its own. Divide the bound, or share it.", right=True),
            Option("20", "A semaphore lives in one process. The other process does not know of it."),
            Option("10 in each process", "Nobody has divided the bound. That would be a good idea."),
        ),
    ),
    Question(
        "busy",
        "10,000 clients are connected to one event loop. Each sends a message every 10 s, and to handle one takes "
        "0.2 ms of processor time. How busy is the thread?",
        options=(
            Option("0.2 %", "That is about what *one hundred* of them need."),
            Option("20 %", "1000 messages a second × 0.0002 s. At 5000 a second it is full.", right=True),
            Option("100 %, it holds too many", "Holding them costs memory. Only messages cost processor time."),
        ),
    ),
)

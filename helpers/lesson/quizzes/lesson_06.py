"""A queue without a bound, what a semaphore bounds, a timeout that runs in a queue, a full bucket, two processes."""

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
            Option("1", "That would need a bound: `asyncio.Queue(1)`. Then `put` waits, and the consumer can run."),
            Option("99", "The consumer would have to take one meanwhile. It does not run before the loop ends."),
            Option(
                "100",
                "`put` waits only while the queue is full, and this one never is. So no other task runs.",
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
        "timeouts",
        "Each call has half a second. How many of the six time out?",
        code="""\
tokens, late = asyncio.Semaphore(2), 0


async def call():
    global late
    try:
        async with asyncio.timeout(0.5), tokens:
            await asyncio.sleep(0.3)
    except TimeoutError:
        late += 1


await asyncio.gather(*[call() for _ in range(6)])""",
        options=(
            Option("0", "Each needs 0.3 s once it has its token. But the clock runs while it waits for one, too."),
            Option(
                "4",
                "The second two have their tokens after 0.3 s, and 0.2 s are not enough. The last two never get one.",
                right=True,
            ),
            Option("2", "The second two begin after 0.3 s, and would end at 0.6: they are too late as well."),
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
        "A service refuses what goes beyond 20 at a time, and your program has a `Semaphore(20)`. "
        "You start it a second time. How many may be in flight now?",
        options=(
            Option("40", "Each process has a semaphore of its own. Divide the bound, or share it.", right=True),
            Option("20", "A semaphore lives in one process. The other process does not know of it."),
            Option("10 in each process", "Nobody has divided the bound. That would be a good idea."),
        ),
    ),
)

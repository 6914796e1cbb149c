"""Who else uses the default pool, waking the loop, another loop's future, what travels, when a call pays."""

from helpers.lesson.quizzes import Option, Question

QUESTIONS = (
    Question(
        "names",
        "A service makes 200 slow calls at a time with `to_thread`. Why do its new connections time out?",
        options=(
            Option("The event loop is blocked by the calls", "It is free: the calls block threads of the pool."),
            Option(
                "Their names wait for a thread, behind the calls",
                "`getaddrinfo` is called in the default pool as well, and that is full.",
                right=True,
            ),
            Option("The system has no more threads", "The default pool makes 32 at the most; the other calls wait."),
        ),
    ),
    Question(
        "wakes",
        "A thread calls `loop.call_soon(event.set)`. The loop sleeps; its next timer is 10 s away. "
        "How long may the task sleep that awaits the event?",
        options=(
            Option("It goes on at once", "That is `call_soon_threadsafe`, which wakes the loop."),
            Option("For ever", "When the loop wakes, for whatever reason, it runs what is in its list."),
            Option(
                "10 s, unless something else wakes the loop",
                "The callback is in the loop's list, and the loop sleeps on. Whatever wakes it will do.",
                right=True,
            ),
        ),
    ),
    Question(
        "another loop",
        "How does this end?",
        code="""\
async def make():
    return asyncio.get_running_loop().create_future()


async def use(future):
    return await future


future = asyncio.run(make())
asyncio.run(use(future))""",
        options=(
            Option(
                "RuntimeError",
                "Each `asyncio.run` has a loop of its own, and the future belongs to the first: *attached to a "
                "different loop*.",
                right=True,
            ),
            Option("It waits for ever", "It would, in the loop that made the future."),
            Option("None", "A future has a result when somebody sets one, and its loop has ended."),
        ),
    ),
    Question(
        "travels",
        "A process pool was made with `spawn`. Which of these can it run?",
        options=(
            Option("A lambda", "It has no name that the other process could look up."),
            Option("A function defined in a notebook's cell", "The new process has no notebook to look it up in."),
            Option("A function of a module", "The other process imports the module.", right=True),
        ),
    ),
    Question(
        "pays",
        "10,000 jobs of 0.1 ms; four workers; each call costs 1 ms. How many seconds does one call for each job take?",
        options=(
            Option("0.25", "That would be four workers whose calls cost nothing."),
            Option("1", "That is all of them inline: 10,000 times 0.1 ms."),
            Option("2.75", "2,500 calls for each worker, of 0.1 ms and 1 ms. Send 100 jobs in a call.", right=True),
        ),
    ),
)

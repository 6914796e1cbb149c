"""What `async def` does not do, rounds of the default pool, a call too early, a thread goes on, a loop in a loop."""

from helpers.lesson.quizzes import Option, Question

QUESTIONS = (
    Question(
        "blocking",
        "How many seconds does this take?",
        code="""\
async def call():
    time.sleep(0.2)


await asyncio.gather(call(), call(), call())""",
        options=(
            Option("0.2", "`gather` starts all three, but each keeps the thread until it has returned."),
            Option(
                "0.6",
                "`async def` does not change what `time.sleep` does: it blocks the loop, three times.",
                right=True,
            ),
            Option("0", "Nothing else runs in this thread while it sleeps, not even the caller."),
        ),
    ),
    Question(
        "rounds",
        "On a machine with 4 cores you start 24 calls of 100 ms together, each with `asyncio.to_thread`. "
        "How many milliseconds do they take?",
        options=(
            Option("100", "For that the pool would need 24 threads."),
            Option("300", "The default pool has min(32, 4 + 4) = 8 threads, and ⌈24/8⌉ = 3 rounds.", right=True),
            Option("600", "Threads that wait need no core: there are more threads than cores."),
        ),
    ),
    Question(
        "too early",
        "In which thread does `load` run, and how does it end?",
        code="""\
def load(number):
    ran_in.append(threading.current_thread())
    return number * 6


ran_in = []
answer = await asyncio.to_thread(load(7))""",
        options=(
            Option(
                "In another thread; `answer` is 42", "That is `asyncio.to_thread(load, 7)`: the function, not a call."
            ),
            Option(
                "In the loop's thread; TypeError",
                "`load(7)` is worked out first, here. Then a thread is asked to call 42: int is not callable.",
                right=True,
            ),
            Option("In the loop's thread; `answer` is 42", "A thread would have to call what it was given: 42()."),
        ),
    ),
    Question(
        "goes on",
        "How many entries does `work` have when the timeout strikes, and how many half a second later?",
        code="""\
def slow():
    time.sleep(0.2)
    work.append("done")


work = []
try:
    async with asyncio.timeout(0.05):
        await asyncio.to_thread(slow)
except TimeoutError:
    first = len(work)
await asyncio.sleep(0.5)""",
        options=(
            Option("0, then 1", "The timeout ended the wait. The thread knew nothing of it, and went on.", right=True),
            Option("0, then 0", "That would need a way to end a thread from outside. asyncio has none."),
            Option("1, then 1", "The timeout does strike: the loop is free, it is the thread that sleeps."),
        ),
    ),
    Question(
        "inside",
        "A cell of a notebook, or an `async def` handler of a web framework, has to wait for `main()`. "
        "What do you write?",
        options=(
            Option("asyncio.run(main())", "RuntimeError: a loop is running in this thread, and it can run only one."),
            Option(
                "loop.run_until_complete(main())", "RuntimeError, for the same reason: this loop is running already."
            ),
            Option("await main()", "The loop that is running runs `main()`, too.", right=True),
        ),
    ),
)

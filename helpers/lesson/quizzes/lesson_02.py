"""Who goes on after a failure, what comes out of a group, who runs at an await, a race, and where a cancel lands."""

from helpers.lesson.quizzes import Option, Question

QUESTIONS = (
    Question(
        "who is first",
        "What is first in the log?",
        code="""\
log = []


async def from_cache():
    return 42


async def other():
    log.append("other")


task = asyncio.create_task(other())
for _ in range(1000):
    await from_cache()
log.append("loop")
await task""",
        options=(
            Option("loop", "None of the thousand awaits has to wait, so `other` starts at the last one.", right=True),
            Option("other", "`create_task` only schedules it. It starts when this code suspends: at the last `await`."),
            Option("It differs from run to run", "The event loop runs what is ready in order. Nothing here varies."),
        ),
    ),
    Question(
        "siblings",
        "How many of the other four are in `done` at the end?",
        code="""\
done = []


async def work(n):
    await asyncio.sleep(n / 10)
    if n == 1:
        raise OSError("the first one fails")
    done.append(n)


try:
    await asyncio.gather(*[work(n) for n in range(1, 6)])
except OSError:
    await asyncio.sleep(1)""",
        options=(
            Option("0", "That would be a `TaskGroup`. When one fails, `gather` leaves the others alone."),
            Option(
                "4",
                "`gather` passes the first error on, and the others run on. A cancel before that would end them.",
                right=True,
            ),
            Option("1", "They all go on, not only the next one."),
        ),
    ),
    Question(
        "except",
        "What does this do?",
        code="""\
async def fail():
    raise ValueError("no such city")


try:
    async with asyncio.TaskGroup() as group:
        group.create_task(fail())
except ValueError:
    print("caught")""",
        options=(
            Option("It prints caught", "A group raises an ExceptionGroup, even where only one task failed."),
            Option("Nothing: the error is lost", "A group raises what its tasks raise. Here it raises a group of one."),
            Option(
                "An ExceptionGroup comes out", "`except ValueError` does not match it. `except*` would.", right=True
            ),
        ),
    ),
    Question(
        "cancel",
        "What is in the log at the end?",
        code="""\
log = []


async def work():
    try:
        await asyncio.sleep(10)
        log.append("worked")
    except Exception:
        log.append("failed")
    finally:
        log.append("closed")


task = asyncio.create_task(work())
await asyncio.sleep(1)
task.cancel()
await asyncio.wait([task])""",
        options=(
            Option(
                "failed, closed", "`CancelledError` is a `BaseException`, so that `except Exception` does not catch it."
            ),
            Option("closed", "It is raised at the `await`, passes the `except`, and `finally` runs.", right=True),
            Option("Nothing", "A cancel is an exception at the `await`. `finally` runs, as for any exception."),
        ),
    ),
    Question(
        "race",
        "What is the balance at the end?",
        code="""\
account = {"balance": 100}


async def withdraw(amount):
    if account["balance"] >= amount:
        await asyncio.sleep(0.1)  # asks the bank
        account["balance"] -= amount


await asyncio.gather(*[withdraw(80) for _ in range(3)])""",
        options=(
            Option("20", "All three look before the first of them writes: each sees 100."),
            Option(
                "-140",
                "All three look, all three wait, all three take 80. That there is one thread does not help.",
                right=True,
            ),
            Option("100", "The tasks do write. What is wrong is when they look."),
        ),
    ),
)

"""Who goes on after a failure, what comes out of a group, who runs at an await, a race, and a loop that is left."""

from helpers.lesson.quizzes import Option, Question

QUESTIONS = (
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
            Option("0", "That would be a `TaskGroup`: it cancels the others. `gather` cancels nobody."),
            Option("4", "`gather` passes the first error on. The others run on, as long as the loop does.", right=True),
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
            Option("It prints caught", "A group raises an ExceptionGroup, also where one task failed alone."),
            Option("Nothing: the error is lost", "A TaskGroup loses no error. That is what it is for."),
            Option(
                "An ExceptionGroup comes out", "`except ValueError` does not match it. `except*` would.", right=True
            ),
        ),
    ),
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
            Option(
                "loop", "None of the thousand awaits has to wait, so `other` stays in line until the last.", right=True
            ),
            Option("other", "`create_task` puts it in line. It starts when this code waits: at the last `await`."),
            Option("It differs from run to run", "The event loop runs what is ready in order. Nothing here is chance."),
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
            Option("100", "The tasks do write. What is wrong is when they look."),
            Option("-140", "All three look, all three wait, all three take 80. One thread does not help.", right=True),
        ),
    ),
    Question(
        "break",
        "In which order are these two printed? *(section 4)*",
        code="""\
async def numbers():
    try:
        for n in range(10):
            yield n
    finally:
        print("closed")


listing = numbers()
async for n in listing:
    break
print("after")
await listing.aclose()""",
        options=(
            Option("closed, after", "`break` leaves the loop. The generator stays at its `yield`."),
            Option("after, closed", "It is closed by `aclose`, which is what `aclosing` calls for you.", right=True),
            Option("after; closed is never printed", "The last line closes it. Without it, it would be chance when."),
        ),
    ),
)

"""How long a limit takes, what a swallowed cancel does, whom shield protects, who closes, and what stops a thread."""

from helpers.lesson.quizzes import Option, Question

QUESTIONS = (
    Question(
        "late",
        "After how many seconds does the block end?",
        code="""\
async def polite():
    try:
        await asyncio.sleep(10)
    finally:
        await asyncio.sleep(2)


try:
    async with asyncio.timeout(1):
        await polite()
except TimeoutError:
    pass""",
        options=(
            Option("1", "After 1 s comes the cancel. The clean-up has to end before the block can."),
            Option("3", "1 s until the cancel, and 2 s for the clean-up.", right=True),
            Option("12", "The cancel ends the long sleep after 1 s."),
        ),
    ),
    Question(
        "swallowed",
        "What comes out of the block?",
        code="""\
async def stubborn():
    try:
        await asyncio.sleep(10)
    except asyncio.CancelledError:
        pass
    await asyncio.sleep(1)


async with asyncio.timeout(1):
    await stubborn()""",
        options=(
            Option("nothing", "Without a CancelledError there is nothing to turn into a TimeoutError.", right=True),
            Option("TimeoutError", "It is made of the CancelledError that comes out of the block. None does."),
            Option("CancelledError", "It was caught inside, and never came out."),
        ),
    ),
    Question(
        "shield",
        "What is in the log at the end?",
        code="""\
log = []


async def save():
    await asyncio.sleep(2)
    log.append("saved")


async def caller(saving):
    try:
        await asyncio.shield(saving)
    finally:
        log.append("caller ended")


saving = asyncio.create_task(save())
calling = asyncio.create_task(caller(saving))
await asyncio.sleep(1)
calling.cancel()
await asyncio.sleep(5)""",
        options=(
            Option("saved, caller ended", "The caller is not protected. It ends at the cancel, after 1 s."),
            Option("caller ended", "`save` is not cancelled. It ends after 2 s."),
            Option("caller ended, saved", "The cancel reaches the caller, and not what is shielded.", right=True),
        ),
    ),
    Question(
        "return_exceptions",
        "What does this do?",
        code="""\
async def typo():
    return nmae


results = await asyncio.gather(typo(), return_exceptions=True)
print(type(results[0]).__name__)""",
        options=(
            Option("It prints NameError", "A bug is put into the list like any other exception.", right=True),
            Option("It raises NameError", "With `return_exceptions=True`, `gather` raises nothing that a task raises."),
            Option("It prints str", "There is no such name, and the exception takes the place of the result."),
        ),
    ),
    Question(
        "break",
        "In which order are these two printed?",
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
            Option("after, closed", "`aclose` closes it, which is what `aclosing` calls for you.", right=True),
            Option("after; closed is never printed", "The last line closes it."),
        ),
    ),
)

"""What debug mode reports, what adds up to a lag, when an error is told, what a stack shows, what has grown."""

from helpers.lesson.quizzes import Option, Question

QUESTIONS = (
    Question(
        "lag",
        "By how many seconds is the ticker late?",
        code="""\
late = []


async def ticker():
    begin = asyncio.get_running_loop().time()
    await asyncio.sleep(1)
    late.append(asyncio.get_running_loop().time() - begin - 1)


async def short():
    await asyncio.sleep(0.9)
    time.sleep(0.25)


async with asyncio.TaskGroup() as group:
    for _ in range(4):
        group.create_task(short())
    group.create_task(ticker())""",
        options=(
            Option("0", "Its second is over after 1 s. But since 0.9 s one short step after another is running."),
            Option("0.25", "No step is longer than that. But all four run before the ticker."),
            Option("0.9", "Four steps of 0.25 s run from 0.9 to 1.9 s, and no step alone says so.", right=True),
        ),
    ),
    Question(
        "frames",
        "How many frames does the stack have?",
        code="""\
async def outer():
    await middle()


async def middle():
    await inner()


async def inner():
    await asyncio.sleep(1)


task = asyncio.create_task(outer())
await asyncio.sleep(0.5)
frames = task.get_stack()
await task""",
        options=(
            Option("1", "Of a task that waits, `get_stack` has the frame of its outermost coroutine.", right=True),
            Option("3", "`inner` waits within `middle` within `outer`. But a waiting frame has no link outwards."),
            Option("4", "`sleep` is a coroutine, too. You get to it by following `cr_await`."),
        ),
    ),
    Question(
        "told",
        "How often has the exception handler been called, after the first sleep and after the second?",
        code="""\
told = []
loop = asyncio.get_running_loop()
loop.set_exception_handler(lambda loop, context: told.append(context))


async def fails():
    raise ValueError


tasks = [asyncio.create_task(fails()) for _ in range(3)]
await asyncio.sleep(1)
first = len(told)
tasks.clear()
await asyncio.sleep(1)
second = len(told)
loop.set_exception_handler(None)""",
        options=(
            Option("0, 0", "Nobody has asked for the errors when the tasks are thrown away. Then they are reported."),
            Option("0, 3", "The list keeps the tasks, and the tasks keep their errors, until it is empty.", right=True),
            Option("3, 3", "A task that has failed may still be asked for its error. It is reported when it can't be."),
        ),
    ),
    Question(
        "callback",
        "What is in the log?",
        code="""\
log = []


async def fails():
    raise OSError


def ended(task):
    log.append(type(task.exception()).__name__)


task = asyncio.create_task(fails())
task.add_done_callback(ended)
try:
    await task
except OSError:
    log.append("caught")""",
        options=(
            Option("OSError", "To look at an error in a callback doesn't take it away from who awaits the task."),
            Option("caught", "The callback is called for every end, also for this one."),
            Option("OSError, caught", "The callback looks, and whoever awaits the task gets the error.", right=True),
        ),
    ),
    Question(
        "context",
        "What is in the log?",
        code="""\
import contextvars

user = contextvars.ContextVar("user", default="nobody")
log = []


async def look_up():
    log.append(user.get())
    user.set("bob")


user.set("ann")
await asyncio.create_task(look_up())
log.append(user.get())""",
        options=(
            Option("ann, ann", "The task began with a copy, and changed only that.", right=True),
            Option("ann, bob", "A task has a context of its own. What it sets stays there."),
            Option("nobody, ann", "The copy is made when the task is made: after `set`."),
        ),
    ),
)

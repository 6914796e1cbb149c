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
    await asyncio.sleep(1)
    time.sleep(0.25)


async with asyncio.TaskGroup() as group:
    for _ in range(4):
        group.create_task(short())
    group.create_task(ticker())""",
        options=(
            Option("0", "It is ready after 1 s. But four others became ready at the same moment, before it."),
            Option("0.25", "No step is longer than that. But four of them run before the ticker."),
            Option("1", "Four steps of 0.25 s, one after the other. None of them alone says so.", right=True),
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
        "How often is the exception handler called?",
        code="""\
told = []
loop = asyncio.get_running_loop()
loop.set_exception_handler(lambda loop, context: told.append(context))


async def fails():
    raise ValueError


task = asyncio.create_task(fails())
await asyncio.sleep(1)
answer = len(told)
loop.set_exception_handler(None)
task.exception()""",
        options=(
            Option("0", "The name `task` keeps the task, and the task keeps its error.", right=True),
            Option("1", "It is called when a failed task is thrown away and nobody has asked. Here it is still there."),
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
            Option("OSError, caught", "The callback looks, and whoever awaits the task gets the error.", right=True),
            Option("caught", "The callback is called for every end, also for this one."),
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

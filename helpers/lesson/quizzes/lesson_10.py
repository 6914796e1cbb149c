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
            Option("0", "Its sleep is over at 1 s. But from 0.9 s on, one short step after another runs."),
            Option("0.25", "No step is longer than that. But all four run before the ticker."),
            Option("0.9", "The four steps run from 0.9 to 1.9 s, and the ticker waits for all of them.", right=True),
        ),
    ),
    Question(
        "frames",
        "Which name is it?",
        code="""\
async def outer():
    await middle()


async def middle():
    await inner()


async def inner():
    await asyncio.sleep(1)


task = asyncio.create_task(outer())
await asyncio.sleep(0.5)
name = task.get_coro().cr_await.__name__
await task""",
        options=(
            Option("outer", "That is the coroutine of the task. `cr_await` is what it awaits."),
            Option("middle", "`outer` awaits it: `cr_await` goes one coroutine inwards.", right=True),
            Option("inner", "To get there, take `cr_await` twice. `inner` is what `middle` awaits."),
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
            Option("3, 3", "You may still ask a failed task for its error. It is reported only once nobody can."),
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
            Option("OSError", "To look at an error in a callback doesn't hide it from the code that awaits the task."),
            Option("caught", "The callback is called however the task ends, so here, too."),
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

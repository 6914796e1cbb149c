"""Calling is not running; waits overlap; one task may hold up all; where a loop is running already."""

from helpers.lesson.quizzes import Option, Question

QUESTIONS = (
    Question(
        "call",
        "How many lines does this print, and what does `answer` hold?",
        code="""\
async def fetch(city):
    print("asking for", city)
    return f"the page of {city}"


answer = fetch("oslo")""",
        options=(
            Option(
                "1 line; the page will be in `answer` later",
                "Nothing was sent or printed. In some languages the call begins to run; in Python it doesn't.",
            ),
            Option(
                "0 lines; `answer` holds a coroutine",
                "A call makes a coroutine and runs nothing. It runs when somebody awaits it, or makes a task of it. "
                "When it is thrown away unused, Python tells you: *RuntimeWarning: coroutine 'fetch' was never "
                "awaited*. Look for the missing `await`.",
                right=True,
            ),
            Option(
                "1 line; `answer` holds the page",
                'That would be `answer = await fetch("oslo")`.',
            ),
        ),
    ),
    Question(
        "two waits",
        "How many seconds does this take?",
        code="""\
async with asyncio.TaskGroup() as group:
    group.create_task(asyncio.sleep(0.2))
    group.create_task(asyncio.sleep(0.3))""",
        options=(
            Option("0.5", "They would have to wait one after the other. Both were started before either was awaited."),
            Option(
                "0.3", "The waits overlap, so the longest counts. The group waits for all of its tasks.", right=True
            ),
            Option("0.2", "The group waits until **all** of its tasks have ended, not until the first has."),
        ),
    ),
    Question(
        "pale",
        "In the picture **Two waits** a lane is pale for 200 ms. For how many of them did the processor work for this "
        "task?",
        options=(
            Option("0 ms", "Pale is waiting, and waiting costs the processor nothing.", right=True),
            Option(
                "200 ms: it asked again and again whether the answer had come",
                "The operating system wakes the loop when something arrives. See *loop busy*: it stays at nothing.",
            ),
            Option("100 ms: two tasks share the processor", "They would, if both had work to do. Here both wait."),
        ),
    ),
    Question(
        "rude",
        "After how many seconds does `polite` print its line?",
        code="""\
async def polite():
    await asyncio.sleep(0.1)
    print("my turn")


async def rude():
    time.sleep(0.3)


async with asyncio.TaskGroup() as group:
    group.create_task(polite())
    group.create_task(rude())""",
        options=(
            Option("0.1", "Its wait is over by then, but nobody goes on with it: `rude` has the only thread."),
            Option(
                "0.3",
                "Its wait was over after 0.1 s. It could go on when `rude` had let the loop go.",
                right=True,
            ),
            Option("0.4", "The two did overlap: `polite` had begun to wait before `rude` took the thread."),
        ),
    ),
    Question(
        "script",
        "You save this as a script and run it. How many lines does it print, and how does it end?",
        code="""\
import asyncio


async def main():
    print("hello")


await main()""",
        options=(
            Option("1 line, as in a notebook", "A notebook runs its cells in a loop that is there. A script has none."),
            Option(
                "0 lines; SyntaxError",
                "Outside a function `await` is not valid Python, so no line runs. Write `asyncio.run(main())`.",
                right=True,
            ),
            Option(
                "0 lines; RuntimeError: a loop is running",
                "That is the opposite mistake: `asyncio.run` in a notebook.",
            ),
        ),
    ),
)

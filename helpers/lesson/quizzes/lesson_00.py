"""Calling is not running; waits overlap; one task may block all others; where a loop is running already."""

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
                "The call makes a coroutine and runs nothing. The coroutine runs when somebody awaits it, or makes a "
                "task of it. If it is thrown away unused, Python tells you: *RuntimeWarning: coroutine 'fetch' was "
                "never awaited*. Look for the missing `await`.",
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
short = asyncio.create_task(asyncio.sleep(0.2))
long = asyncio.create_task(asyncio.sleep(0.3))
await short
await long""",
        options=(
            Option("0.5", "Then the second would have to begin when the first has ended. Both wait at the same time."),
            Option("0.3", "The waits overlap, so the longest one counts.", right=True),
            Option("0.2", "That is when `short` has ended. The last line waits for `long` as well."),
        ),
    ),
    Question(
        "pale",
        "In the picture **Two tasks** both lanes are pale blue for about 200 ms. What did the event loop do meanwhile?",
        options=(
            Option(
                "It slept, until the operating system woke it",
                "There was nothing to run. The operating system wakes the loop when an answer arrives.",
                right=True,
            ),
            Option(
                "It asked again and again whether an answer had come",
                "Then it would have been busy. Look at the strip *loop busy*: it is empty for most of that time.",
            ),
            Option(
                "It ran the two tasks, a little of each in turn",
                "They would be dark then. Pale means that the task waits: there is nothing of it to run.",
            ),
        ),
    ),
    Question(
        "rude",
        "After how many seconds does `polite` print its line?",
        code="""\
async def polite():
    await asyncio.sleep(0.1)
    print("here I am")


async def rude():
    time.sleep(0.3)


tasks = [asyncio.create_task(polite()), asyncio.create_task(rude())]
for task in tasks:
    await task""",
        options=(
            Option("0.1", "Its wait is over by then, but it can't go on: `rude` still has the thread."),
            Option(
                "0.3",
                "Its wait was over after 0.1 s. It could go on when `rude` had ended.",
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
            Option(
                "1 line, as in a notebook", "Jupyter allows `await` outside a function. In a script Python does not."
            ),
            Option(
                "0 lines; SyntaxError",
                "In a script `await` outside a function is not valid Python, so no line runs. Write "
                "`asyncio.run(main())`.",
                right=True,
            ),
            Option(
                "0 lines; RuntimeError: a loop is running",
                "That is the opposite mistake: `asyncio.run` in a notebook.",
            ),
        ),
    ),
)

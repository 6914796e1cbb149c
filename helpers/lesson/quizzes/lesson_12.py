"""What a 201 promises, who waits for whom, what a full queue costs, how pauses add up, and what stops last."""

from helpers.lesson.quizzes import Option, Question

QUESTIONS = (
    Question(
        "promise",
        "The program is killed at the line marked. How many of the acknowledged are lost?",
        code="""\
acknowledged, waiting, disk = [], ["a", "b", "c"], []


def write_together():
    global waiting
    disk.extend(waiting)
    waiting = []


write_together()
acknowledged.extend(disk)
waiting.append("d")  # killed here
lost = [one for one in acknowledged if one not in disk]""",
        options=(
            Option("0", "What was acknowledged had been written. `d` was neither.", right=True),
            Option("1", "`d` is lost, and nobody was told that it was kept: its client sends it again."),
            Option("3", "`a`, `b` and `c` were written before they were acknowledged."),
        ),
    ),
    Question(
        "full",
        "What does this print?",
        code="""\
queues = [asyncio.Queue(2), asyncio.Queue(5)]
for number in range(4):
    for queue in tuple(queues):
        try:
            queue.put_nowait(number)
        except asyncio.QueueFull:
            queues.remove(queue)
print([queue.qsize() for queue in queues])""",
        options=(
            Option("[4]", "The first is full at the third message, and dropped. The second gets all four.", right=True),
            Option("[2, 4]", "The first has been taken out of the list, with the two that waited in it."),
            Option("QueueFull is raised", "It is caught, for each queue by itself."),
        ),
    ),
    Question(
        "together",
        "How many batches are there?",
        code="""\
batches = []


async def keep(waiting):
    while True:
        batch = [await waiting.get()]
        while not waiting.empty():
            batch.append(waiting.get_nowait())
        await asyncio.sleep(1)  # the commit
        batches.append(len(batch))


waiting = asyncio.Queue()
keeping = asyncio.create_task(keep(waiting))
for number in range(10):
    waiting.put_nowait(number)
    await asyncio.sleep(0.25)
await asyncio.sleep(5)
keeping.cancel()""",
        options=(
            Option("4", "One alone, then what gathers during each second of a commit.", right=True),
            Option("1", "The first one does not wait for the others."),
            Option("10", "During each commit others come, and these go together."),
        ),
    ),
    Question(
        "grace",
        "After how many seconds has everything ended?",
        code="""\
async def follower():
    await asyncio.sleep(3600)


async def request():
    await asyncio.sleep(2)


tasks = {asyncio.create_task(follower()), asyncio.create_task(request())}
done, late = await asyncio.wait(tasks, timeout=30)
for task in late:
    task.cancel()
if late:
    await asyncio.wait(late)""",
        options=(
            Option("2", "The follower does not end by itself, and it is waited for."),
            Option("30", "The follower uses up the whole grace. End the streams first.", right=True),
            Option("3600", "The wait has a limit of 30 s, and then the follower is cancelled."),
        ),
    ),
)

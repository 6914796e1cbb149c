"""What a 201 promises, who waits for whom, what a full queue costs, how pauses add up, and what stops last."""

from helpers.lesson.quizzes import Option, Question

QUESTIONS = (
    Question(
        "promise",
        "The program is killed at the marked line. How many acknowledged measurements are lost?",
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
            Option(
                "0",
                "Everything acknowledged had been written before. `d` was neither written nor acknowledged.",
                right=True,
            ),
            Option(
                "1",
                "`d` is lost, but nobody was told that it was kept. Its client gets no answer, and can send it again.",
            ),
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
            Option(
                "[4]",
                "The first queue is full when the third message comes, and is dropped. The second gets all four.",
                right=True,
            ),
            Option("[2, 4]", "The first has been taken out of the list, with the two that waited in it."),
            Option("QueueFull is raised", "It is raised inside the `try` of one queue, and caught there."),
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
            Option(
                "4", "The first goes alone. Then each batch is what has gathered during the commit before.", right=True
            ),
            Option("1", "The first measurement doesn't wait for the others."),
            Option("10", "More come during each commit, and these go together into the next."),
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
            Option(
                "2", "The request ends after 2 s, but the follower doesn't end by itself, and `wait` waits for it, too."
            ),
            Option("30", "The follower uses up the whole 30 s. End the streams first.", right=True),
            Option("3600", "The wait has a limit of 30 s, and then the follower is cancelled."),
        ),
    ),
)

"""Answers to the exercises of 03, as learners write them: right ones, and wrong ones with what they must be told."""

# Learners write no types.
# mypy: disallow-untyped-defs=False, disallow-incomplete-defs=False, check-untyped-defs=False
# mypy: disallow-untyped-calls=False

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections import deque

from tests.exercises.answers import right, wrong

# --- 3.1 ---


async def copy_through(queue, source, write):
    async def consume():
        while (item := await queue.get()) is not None:
            await write(item)

    async with asyncio.TaskGroup() as group:
        group.create_task(consume())
        async for item in source:
            await queue.put(item)
        await queue.put(None)


@right("3.1")
async def a_queue_of_ten(source, write):
    await copy_through(asyncio.Queue(10), source, write)


@right("3.1")
async def a_queue_that_is_joined(source, write):
    await copy_until_joined(asyncio.Queue(maxsize=10), source, write)


async def copy_until_joined(queue, source, write):
    async def consume():
        while True:
            await write(await queue.get())
            queue.task_done()

    consuming = asyncio.create_task(consume())
    async for item in source:
        await queue.put(item)
    await queue.join()
    consuming.cancel()


@wrong("3.1", "Give the queue a size: `asyncio.Queue(10)`.", passes=("All 40 items are written, in order",))
async def a_queue_without_a_size(source, write):
    await copy_through(asyncio.Queue(), source, write)


@wrong("3.1", "Give the queue a size: `asyncio.Queue(10)`.", passes=("All 40 items are written, in order",))
async def a_queue_of_size_zero(source, write):
    await copy_through(asyncio.Queue(0), source, write)


@wrong("3.1", "Let 10 items wait, not more.", passes=("All 40 items are written, in order",))
async def a_queue_of_twenty(source, write):
    await copy_through(asyncio.Queue(20), source, write)


@wrong(
    "3.1",
    "Let 10 items wait, not fewer.",
    passes=("All 40 items are written, in order", "At most 10 items wait in the queue"),
)
async def a_queue_of_one(source, write):
    await copy_through(asyncio.Queue(1), source, write)


@wrong(
    "3.1",
    "Write the items in the order in which they were read.",
    passes=("At most 10 items wait in the queue", "10 items may wait"),
)
async def a_stack_of_ten(source, write):
    await copy_until_joined(asyncio.LifoQueue(10), source, write)


@wrong(
    "3.1",
    "Read on while the writer writes: put each item into the queue, and let a task take it out.",
    passes=("All 40 items are written, in order", "At most 10 items wait in the queue"),
)
async def no_queue(source, write):
    async for item in source:
        await write(item)


@wrong("3.1", "Use `await queue.put(item)`, which waits until there is room.")
async def puts_without_waiting(source, write):
    queue = asyncio.Queue(10)

    async def consume():
        while (item := await queue.get()) is not None:
            await write(item)

    async with asyncio.TaskGroup() as group:
        group.create_task(consume())
        async for item in source:
            queue.put_nowait(item)
        queue.put_nowait(None)


@wrong(
    "3.1",
    "Write every item once before you return.",
    passes=("At most 10 items wait in the queue", "10 items may wait"),
)
async def ends_before_the_queue_is_empty(source, write):
    queue = asyncio.Queue(10)

    async def consume():
        while True:
            await write(await queue.get())

    consuming = asyncio.create_task(consume())
    async for item in source:
        await queue.put(item)
    consuming.cancel()


# --- 3.2 ---


async def echo(reader, writer):
    while data := await reader.read(1000):
        writer.write(data)
        await writer.drain()
    writer.close()
    await writer.wait_closed()


async def serve_with(handler, listener):
    server = await asyncio.start_server(handler, sock=listener)
    async with server:
        await server.serve_forever()


@right("3.2")
async def serves_with_streams(listener):
    await serve_with(echo, listener)


@right("3.2")
async def serves_line_by_line(listener):
    async def by_line(reader, writer):
        async for line in reader:
            writer.write(line)
            await writer.drain()
        writer.close()

    await serve_with(by_line, listener)


@right("3.2")
async def serves_with_a_protocol(listener):
    class Echo(asyncio.Protocol):
        def connection_made(self, transport):
            self.transport = transport

        def data_received(self, data):
            self.transport.write(data)

    server = await asyncio.get_running_loop().create_server(Echo, sock=listener)
    async with server:
        await server.serve_forever()


@right("3.2")
async def serves_sockets(listener):
    loop = asyncio.get_running_loop()

    async def echo_back(client):
        with client:
            while data := await loop.sock_recv(client, 1000):
                await loop.sock_sendall(client, data)

    async with asyncio.TaskGroup() as group:
        while True:
            client, _ = await loop.sock_accept(listener)
            group.create_task(echo_back(client))


@wrong(
    "3.2",
    "Serve every client in the event loop: a coroutine for each, and no thread.",
    passes=(
        "It serves until it is cancelled",
        "What comes back is what was sent, as often as it was sent",
        "The last bytes come back, and the connection is closed",
    ),
)
async def a_thread_each(listener):
    def echo_back(client):
        client.setblocking(True)
        with client, contextlib.suppress(OSError):
            while data := client.recv(1000):
                client.sendall(data)

    loop = asyncio.get_running_loop()
    while True:
        client, _ = await loop.sock_accept(listener)
        threading.Thread(target=echo_back, args=[client], daemon=True).start()


@wrong(
    "3.2",
    "Serve every client in the event loop: a coroutine for each, and no thread.",
    passes=("It serves until it is cancelled", "What comes back is what was sent, as often as it was sent"),
)
async def a_pool_of_threads(listener):
    loop = asyncio.get_running_loop()

    def receive(client):
        client.settimeout(1.0)
        with contextlib.suppress(OSError):
            return client.recv(1000)
        return b""

    async def echo_back(client):
        with client:
            while data := await asyncio.to_thread(receive, client):
                client.sendall(data)

    async with asyncio.TaskGroup() as group:
        while True:
            client, _ = await loop.sock_accept(listener)
            group.create_task(echo_back(client))


@wrong(
    "3.2",
    "Serve each client in a task of its own; `asyncio.start_server` makes one for each.",
    passes=("It serves until it is cancelled", "Every client is served in the event loop's own thread"),
)
async def one_client_at_a_time(listener):
    loop = asyncio.get_running_loop()
    while True:
        client, _ = await loop.sock_accept(listener)
        with client:
            while data := await loop.sock_recv(client, 1000):
                await loop.sock_sendall(client, data)


@wrong(
    "3.2",
    "Go on serving: `await server.serve_forever()`.",
    passes=("Every client is served in the event loop's own thread",),
)
async def returns_at_once(listener):
    await asyncio.start_server(echo, sock=listener)


@wrong(
    "3.2",
    "Go on reading until the client has finished: `while data := await reader.read(n)`.",
    passes=(
        "It serves until it is cancelled",
        "Every client is served in the event loop's own thread",
        "A quiet client holds up nobody",
    ),
)
async def answers_once(listener):
    async def once(reader, writer):
        writer.write(await reader.readline())
        await writer.drain()
        writer.close()

    await serve_with(once, listener)


@wrong(
    "3.2",
    "Send back what came, byte for byte.",
    passes=(
        "It serves until it is cancelled",
        "Every client is served in the event loop's own thread",
        "A quiet client holds up nobody",
        "Up to 500 clients at once, each with its echo",
    ),
)
async def answers_in_text(listener):
    async def in_text(reader, writer):
        while data := await reader.read(1000):
            writer.write(data.decode(errors="replace").encode())
        writer.close()

    await serve_with(in_text, listener)


@wrong(
    "3.2",
    "Send back the last bytes, too, whether a line feed ends them or not.",
    passes=(
        "It serves until it is cancelled",
        "Every client is served in the event loop's own thread",
        "A quiet client holds up nobody",
        "What comes back is what was sent, as often as it was sent",
        "Up to 500 clients at once, each with its echo",
    ),
)
async def wants_whole_lines(listener):
    async def whole_lines(reader, writer):
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                writer.write(await reader.readuntil(b"\n"))
        writer.close()

    await serve_with(whole_lines, listener)


CONNECTIONS: list[object] = []


@wrong(
    "3.2",
    "Close the connection when its client has finished: `writer.close()`.",
    passes=(
        "It serves until it is cancelled",
        "Every client is served in the event loop's own thread",
        "A quiet client holds up nobody",
        "What comes back is what was sent, as often as it was sent",
        "Up to 500 clients at once, each with its echo",
    ),
)
async def never_closes(listener):
    async def left_open(reader, writer):
        CONNECTIONS.append(writer)
        while data := await reader.read(1000):
            writer.write(data)
            await writer.drain()

    await serve_with(left_open, listener)


@wrong("3.2", "Let the loop wait for clients: `asyncio.start_server(handler, sock=listener)`.")
async def accepts_without_await(listener):
    while True:
        client, _ = listener.accept()
        client.sendall(client.recv(1000))


@wrong(
    "3.2",
    "Await instead of blocking: `asyncio.sleep`, an asynchronous client, or `asyncio.to_thread`.",
    passes=(
        "It serves until it is cancelled",
        "Every client is served in the event loop's own thread",
        "A quiet client holds up nobody",
        "What comes back is what was sent, as often as it was sent",
        "Up to 500 clients at once, each with its echo",
        "The last bytes come back, and the connection is closed",
    ),
)
async def sleeps_for_each_message(listener):
    async def sleepy(reader, writer):
        while data := await reader.read(1000):
            time.sleep(0.001)
            writer.write(data)
        writer.close()

    await serve_with(sleepy, listener)


# --- 3.3 ---


@right("3.3")
async def a_queue_each(writers, messages):
    queues = {writer: asyncio.Queue(20) for writer in writers}

    async def send_on(writer):
        while (message := await queues[writer].get()) is not None:
            writer.write(message)
            await writer.drain()

    async with asyncio.TaskGroup() as group:
        tasks = {writer: group.create_task(send_on(writer)) for writer in writers}
        async for message in messages:
            for writer in list(queues):
                try:
                    queues[writer].put_nowait(message)
                except asyncio.QueueFull:
                    del queues[writer]
                    tasks.pop(writer).cancel()
                    writer.close()
        for queue in queues.values():
            await queue.put(None)


@right("3.3")
async def looks_at_the_buffer(writers, messages):
    writers = set(writers)
    async for message in messages:
        for writer in list(writers):
            if writer.transport.get_write_buffer_size() > 200_000:
                writer.transport.abort()
                writers.remove(writer)
            else:
                writer.write(message)
    for writer in writers:
        await writer.drain()


@right("3.3")
async def skips_messages_for_the_slow(writers, messages):
    async for message in messages:
        for writer in writers:
            if writer.transport.get_write_buffer_size() < 100_000:
                writer.write(message)


@wrong(
    "3.3",
    "Do not await one client's `drain` before you write to the next: give each client a task and a queue.",
    passes=("No message is torn", "No task is left behind"),
)
async def drains_one_after_another(writers, messages):
    async for message in messages:
        for writer in writers:
            writer.write(message)
            await writer.drain()


@wrong(
    "3.3",
    "Let each client have its own pace: do not wait for all of them before the next message.",
    passes=("No message is torn", "No task is left behind"),
)
async def drains_together(writers, messages):
    async def send(writer, message):
        writer.write(message)
        await writer.drain()

    async for message in messages:
        await asyncio.gather(*[send(writer, message) for writer in writers])


@wrong(
    "3.3",
    "Let each client have its own pace: do not wait for all of them before the next message.",
    passes=("No message is torn", "No task is left behind"),
)
async def waits_a_little_for_each(writers, messages):
    async for message in messages:
        for writer in writers:
            writer.write(message)
        for writer in writers:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.05):
                    await writer.drain()


@wrong(
    "3.3",
    "Look at what is unsent before you write more, and drop the client, or its messages, when it is too much.",
    passes=(
        "A slow client delays nobody",
        "Who reads gets every message, in order",
        "No message is torn",
        "No task is left behind",
    ),
)
async def never_drains(writers, messages):
    async for message in messages:
        for writer in writers:
            writer.write(message)


@wrong(
    "3.3",
    "Give each client's queue a size, and decide what happens when it is full.",
    passes=(
        "A slow client delays nobody",
        "Who reads gets every message, in order",
        "No message is torn",
        "No task is left behind",
    ),
)
async def a_queue_without_a_size_each(writers, messages):
    queues = {writer: asyncio.Queue() for writer in writers}

    async def send_on(writer):
        while (message := await queues[writer].get()) is not None:
            writer.write(message)
            await writer.drain()

    async with asyncio.TaskGroup() as group:
        for writer in writers:
            group.create_task(send_on(writer))
        async for message in messages:
            for queue in queues.values():
                queue.put_nowait(message)
        for queue in queues.values():
            queue.put_nowait(None)


@wrong(
    "3.3",
    "Look at what is unsent before you write more, and drop the client, or its messages, when it is too much.",
    passes=(
        "A slow client delays nobody",
        "Who reads gets every message, in order",
        "No message is torn",
        "No task is left behind",
    ),
)
async def a_task_for_each_message(writers, messages):
    async def send(writer, message):
        writer.write(message)
        await writer.drain()

    async with asyncio.TaskGroup() as group:
        async for message in messages:
            for writer in writers:
                group.create_task(send(writer, message))


@wrong("3.3", "Send every message to every client that reads.", passes=("No message is torn", "No task is left behind"))
async def drops_for_everybody(writers, messages):
    queues = {writer: asyncio.Queue(1) for writer in writers}

    async def send_on(writer):
        while (message := await queues[writer].get()) is not None:
            await asyncio.sleep(0.002)
            writer.write(message)
            await writer.drain()

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(send_on(writer)) for writer in writers]
        async for message in messages:
            for queue in queues.values():
                if queue.full():
                    queue.get_nowait()
                queue.put_nowait(message)
            await asyncio.sleep(0.001)
        for task in tasks:
            task.cancel()


@wrong(
    "3.3",
    "Keep your tasks, and end them before you return: a TaskGroup waits for them.",
    passes=(
        "A slow client delays nobody",
        "Who reads gets every message, in order",
        "Not more than 64 messages wait for a slow client",
        "No message is torn",
    ),
)
async def leaves_its_senders(writers, messages):
    queues = {writer: asyncio.Queue(20) for writer in writers}

    async def send_on(writer):
        while True:
            writer.write(await queues[writer].get())
            await writer.drain()

    for writer in writers:
        asyncio.create_task(send_on(writer))
    async for message in messages:
        for writer in list(queues):
            if not queues[writer].full():
                queues[writer].put_nowait(message)


# --- 3.4 ---


async def fetch(session, city):
    async with session.get(f"/cities/{city}") as response:
        return await response.json()


@right("3.4")
async def workers_share_a_bounded_queue(session, pages, k):
    queue, answers = asyncio.Queue(k), {}

    async def worker():
        while (page := await queue.get()) is not None:
            answers[page] = await fetch(session, page)

    async with asyncio.TaskGroup() as group:
        for _ in range(k):
            group.create_task(worker())
        async for page in pages:
            await queue.put(page)
        for _ in range(k):
            await queue.put(None)
    return answers


@right("3.4")
async def takes_a_place_first(session, pages, k):
    places, answers = asyncio.Semaphore(k), {}

    async def fetch_one(page):
        answers[page] = await fetch(session, page)

    async with asyncio.TaskGroup() as group:
        async for page in pages:
            await places.acquire()
            group.create_task(fetch_one(page)).add_done_callback(lambda _: places.release())
    return answers


@right("3.4")
async def workers_share_the_pages_under_a_lock(session, pages, k):
    lock, answers = asyncio.Lock(), {}

    async def worker():
        while True:
            async with lock:
                page = await anext(pages, None)
            if page is None:
                return
            answers[page] = await fetch(session, page)

    await asyncio.gather(*[worker() for _ in range(k)])
    return answers


@wrong("3.4", "Let only 20 requests be in flight at a time.")
async def gathers_everything(session, pages, k):
    todo = [page async for page in pages]
    answers = await asyncio.gather(*[fetch(session, page) for page in todo])
    return dict(zip(todo, answers, strict=True))


@wrong(
    "3.4", "Let only 20 requests be in flight at a time.", passes=("All 200 answers, each under the name of its page",)
)
async def retries_until_it_works(session, pages, k):
    async def stubborn(page):
        while True:
            async with session.get(f"/cities/{page}") as response:
                if response.status == 200:
                    return await response.json()
            await asyncio.sleep(0.05)

    todo = [page async for page in pages]
    return dict(zip(todo, await asyncio.gather(*[stubborn(page) for page in todo]), strict=True))


@wrong(
    "3.4",
    "Take a page when there is a place for it: first `acquire`, then `create_task`.",
    passes=(
        "Not one request is rejected",
        "20 in flight where the bound allows 20",
        "A place that becomes free is taken at once",
        "All 200 answers, each under the name of its page",
    ),
)
async def a_task_each_behind_a_semaphore(session, pages, k):
    places = asyncio.Semaphore(k)

    async def fetch_politely(page):
        async with places:
            return await fetch(session, page)

    todo = [page async for page in pages]
    return dict(zip(todo, await asyncio.gather(*[fetch_politely(page) for page in todo]), strict=True))


@wrong(
    "3.4",
    "Bound what you have taken, too: a queue with a size makes the one who fills it wait.",
    passes=(
        "Not one request is rejected",
        "20 in flight where the bound allows 20",
        "A place that becomes free is taken at once",
        "All 200 answers, each under the name of its page",
    ),
)
async def workers_share_an_unbounded_queue(session, pages, k):
    queue, answers = asyncio.Queue(), {}
    async for page in pages:
        queue.put_nowait(page)

    async def worker():
        while not queue.empty():
            page = queue.get_nowait()
            answers[page] = await fetch(session, page)

    await asyncio.gather(*[worker() for _ in range(k)])
    return answers


@wrong(
    "3.4",
    "Start them as tasks; a bound alone starts nothing.",
    passes=("Not one request is rejected", "It takes pages only as fast as it can fetch them"),
)
async def one_after_another(session, pages, k):
    return {page: await fetch(session, page) async for page in pages}


@wrong(
    "3.4",
    "Let 20 run at a time, not fewer.",
    passes=(
        "Not one request is rejected",
        "All 200 answers, each under the name of its page",
        "It takes pages only as fast as it can fetch them",
    ),
)
async def half_as_many(session, pages, k):
    return await takes_a_place_first(session, pages, k // 2)


@wrong("3.4", "Let only 20 requests be in flight at a time.")
async def one_too_many(session, pages, k):
    return await takes_a_place_first(session, pages, k + 1)


@wrong(
    "3.4",
    "Start the next request as soon as one has ended, not when a whole batch has.",
    passes=(
        "Not one request is rejected",
        "20 in flight where the bound allows 20",
        "All 200 answers, each under the name of its page",
        "It takes pages only as fast as it can fetch them",
    ),
)
async def batches(session, pages, k):
    answers, batch = {}, []

    async def fetch_batch():
        answers.update(zip(batch, await asyncio.gather(*[fetch(session, page) for page in batch]), strict=True))
        batch.clear()

    async for page in pages:
        batch.append(page)
        if len(batch) == k:
            await fetch_batch()
    await fetch_batch()
    return answers


@wrong(
    "3.4",
    "Keep your tasks, and wait for all of them before you return: a TaskGroup does both.",
    passes=(
        "Not one request is rejected",
        "20 in flight where the bound allows 20",
        "A place that becomes free is taken at once",
        "It takes pages only as fast as it can fetch them",
    ),
)
async def fires_and_forgets(session, pages, k):
    places, answers = asyncio.Semaphore(k), {}

    async def fetch_one(page):
        answers[page] = await fetch(session, page)
        places.release()

    async for page in pages:
        await places.acquire()
        asyncio.create_task(fetch_one(page))
    return answers


@wrong("3.4", "Let one task take the pages, and hand them to the workers through a queue.")
async def workers_share_the_generator(session, pages, k):
    answers = {}

    async def worker():
        async for page in pages:
            answers[page] = await fetch(session, page)

    await asyncio.gather(*[worker() for _ in range(k)])
    return answers


@wrong(
    "3.4",
    "Return the answer of each page.",
    passes=(
        "Not one request is rejected",
        "20 in flight where the bound allows 20",
        "A place that becomes free is taken at once",
        "It takes pages only as fast as it can fetch them",
    ),
)
async def keeps_the_statuses(session, pages, k):
    places, statuses = asyncio.Semaphore(k), {}

    async def fetch_one(page):
        async with session.get(f"/cities/{page}") as response:
            statuses[page] = response.status

    async with asyncio.TaskGroup() as group:
        async for page in pages:
            await places.acquire()
            group.create_task(fetch_one(page)).add_done_callback(lambda _: places.release())
    return statuses


@wrong(
    "3.4",
    "Return a dictionary: each page with its answer.",
    passes=(
        "Not one request is rejected",
        "20 in flight where the bound allows 20",
        "A place that becomes free is taken at once",
        "It takes pages only as fast as it can fetch them",
    ),
)
async def returns_a_list(session, pages, k):
    return list((await takes_a_place_first(session, pages, k)).values())


# --- 3.5 ---


@right("3.5")
async def remembers_the_last_starts(jobs, send, rate):
    starts = deque(maxlen=rate)
    async with asyncio.TaskGroup() as group:
        tasks = []
        async for job in jobs:
            if len(starts) == rate:
                await asyncio.sleep(starts[0] + 1.0 - time.monotonic())
            starts.append(time.monotonic())
            tasks.append(group.create_task(send(job)))
    return [task.result() for task in tasks]


@right("3.5")
async def holds_the_place_for_a_second(jobs, send, rate):
    places = asyncio.Semaphore(rate)

    async def send_one(job):
        async with places:
            answer, _ = await asyncio.gather(send(job), asyncio.sleep(1.0))
        return answer

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(send_one(job)) async for job in jobs]
    return [task.result() for task in tasks]


@wrong(
    "3.5",
    "Count starts, not answers: a place becomes free a second after its start.",
    passes=("A job that may start, starts", "All answers, in the order of the jobs"),
)
async def a_semaphore_of_r(jobs, send, rate):
    places = asyncio.Semaphore(rate)

    async def send_one(job):
        async with places:
            return await send(job)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(send_one(job)) async for job in jobs]
    return [task.result() for task in tasks]


@wrong(
    "3.5",
    "Count starts, not answers: a place becomes free a second after its start.",
    passes=("A job that may start, starts", "All answers, in the order of the jobs"),
)
async def a_semaphore_of_five(jobs, send, rate):
    return await a_semaphore_of_r(jobs, send, 5)


@wrong("3.5", "Let only 20 start in a second.", passes=("All answers, in the order of the jobs",))
async def sends_everything(jobs, send, rate):
    return await asyncio.gather(*[send(job) async for job in jobs])


@wrong(
    "3.5",
    "Do not refill while the burst is still inside the second: keep the times of the last starts.",
    passes=("A job that may start, starts", "All answers, in the order of the jobs"),
)
async def a_bucket_of_tokens(jobs, send, rate):
    tokens, last = float(rate), time.monotonic()
    async with asyncio.TaskGroup() as group:
        tasks = []
        async for job in jobs:
            now = time.monotonic()
            tokens, last = min(rate, tokens + (now - last) * rate), now
            if tokens < 1:
                await asyncio.sleep((1 - tokens) / rate)
            tokens -= 1
            tasks.append(group.create_task(send(job)))
    return [task.result() for task in tasks]


@wrong(
    "3.5",
    "Let the second slide: look back from each start, not from the stroke of the clock.",
    passes=("A job that may start, starts", "All answers, in the order of the jobs"),
)
async def counts_from_second_to_second(jobs, send, rate):
    begin, count = time.monotonic(), 0
    async with asyncio.TaskGroup() as group:
        tasks = []
        async for job in jobs:
            if time.monotonic() >= begin + 1:
                begin, count = time.monotonic(), 0
            if count == rate:
                await asyncio.sleep(begin + 1 - time.monotonic())
                begin, count = time.monotonic(), 0
            count += 1
            tasks.append(group.create_task(send(job)))
    return [task.result() for task in tasks]


@wrong(
    "3.5",
    "Let a job go at once while fewer than 20 have started within the last second.",
    passes=("Never more than 20 in a second, whichever second it is", "All answers, in the order of the jobs"),
)
async def evenly_spaced(jobs, send, rate):
    free_at = time.monotonic()
    async with asyncio.TaskGroup() as group:
        tasks = []
        async for job in jobs:
            free_at = max(free_at, time.monotonic())
            await asyncio.sleep(free_at - time.monotonic())
            free_at += 1 / rate
            tasks.append(group.create_task(send(job)))
    return [task.result() for task in tasks]


@wrong(
    "3.5",
    "Start each job as a task, and go on to the next.",
    passes=("Never more than 20 in a second, whichever second it is", "All answers, in the order of the jobs"),
)
async def awaits_each_answer(jobs, send, rate):
    return [await send(job) async for job in jobs]


@wrong(
    "3.5",
    "Start a job when it comes: do not collect them first.",
    passes=("Never more than 20 in a second, whichever second it is", "All answers, in the order of the jobs"),
)
async def collects_first(jobs, send, rate):
    todo, answers = [job async for job in jobs], []
    for first in range(0, len(todo), rate):
        answers += (await asyncio.gather(asyncio.sleep(1), *[send(job) for job in todo[first : first + rate]]))[1:]
    return answers


@wrong(
    "3.5",
    "Wait for the answers before you return: keep your tasks, in a TaskGroup or in a list.",
    passes=("Never more than 20 in a second, whichever second it is", "A job that may start, starts"),
)
async def sends_and_forgets(jobs, send, rate):
    free, loop, tasks = asyncio.Semaphore(rate), asyncio.get_running_loop(), []
    async for job in jobs:
        await free.acquire()
        loop.call_later(1.0, free.release)
        tasks.append(asyncio.create_task(send(job)))
    return [task.result() for task in tasks if task.done()]

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

from tests.exercises.answers import Right, Wrong

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


async def a_queue_of_ten(source, write):
    await copy_through(asyncio.Queue(10), source, write)


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


async def a_queue_without_a_size(source, write):
    await copy_through(asyncio.Queue(), source, write)


async def a_queue_of_size_zero(source, write):
    await copy_through(asyncio.Queue(0), source, write)


async def a_queue_of_twenty(source, write):
    await copy_through(asyncio.Queue(20), source, write)


async def a_queue_of_one(source, write):
    await copy_through(asyncio.Queue(1), source, write)


async def a_stack_of_ten(source, write):
    await copy_until_joined(asyncio.LifoQueue(10), source, write)


async def no_queue(source, write):
    async for item in source:
        await write(item)


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


async def serves_with_streams(listener):
    await serve_with(echo, listener)


async def serves_line_by_line(listener):
    async def by_line(reader, writer):
        async for line in reader:
            writer.write(line)
            await writer.drain()
        writer.close()

    await serve_with(by_line, listener)


async def serves_with_a_protocol(listener):
    class Echo(asyncio.Protocol):
        def connection_made(self, transport):
            self.transport = transport

        def data_received(self, data):
            self.transport.write(data)

    server = await asyncio.get_running_loop().create_server(Echo, sock=listener)
    async with server:
        await server.serve_forever()


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


async def one_client_at_a_time(listener):
    loop = asyncio.get_running_loop()
    while True:
        client, _ = await loop.sock_accept(listener)
        with client:
            while data := await loop.sock_recv(client, 1000):
                await loop.sock_sendall(client, data)


async def returns_at_once(listener):
    await asyncio.start_server(echo, sock=listener)


async def answers_once(listener):
    async def once(reader, writer):
        writer.write(await reader.readline())
        await writer.drain()
        writer.close()

    await serve_with(once, listener)


async def answers_in_text(listener):
    async def in_text(reader, writer):
        while data := await reader.read(1000):
            writer.write(data.decode(errors="replace").encode())
        writer.close()

    await serve_with(in_text, listener)


async def wants_whole_lines(listener):
    async def whole_lines(reader, writer):
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                writer.write(await reader.readuntil(b"\n"))
        writer.close()

    await serve_with(whole_lines, listener)


CONNECTIONS: list[object] = []


async def never_closes(listener):
    async def left_open(reader, writer):
        CONNECTIONS.append(writer)
        while data := await reader.read(1000):
            writer.write(data)
            await writer.drain()

    await serve_with(left_open, listener)


async def accepts_without_await(listener):
    while True:
        client, _ = listener.accept()
        client.sendall(client.recv(1000))


async def sleeps_for_each_message(listener):
    async def sleepy(reader, writer):
        while data := await reader.read(1000):
            time.sleep(0.001)
            writer.write(data)
        writer.close()

    await serve_with(sleepy, listener)


# --- 3.3 ---


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


async def skips_messages_for_the_slow(writers, messages):
    async for message in messages:
        for writer in writers:
            if writer.transport.get_write_buffer_size() < 100_000:
                writer.write(message)


async def drains_one_after_another(writers, messages):
    async for message in messages:
        for writer in writers:
            writer.write(message)
            await writer.drain()


async def drains_together(writers, messages):
    async def send(writer, message):
        writer.write(message)
        await writer.drain()

    async for message in messages:
        await asyncio.gather(*[send(writer, message) for writer in writers])


async def waits_a_little_for_each(writers, messages):
    async for message in messages:
        for writer in writers:
            writer.write(message)
        for writer in writers:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.05):
                    await writer.drain()


async def never_drains(writers, messages):
    async for message in messages:
        for writer in writers:
            writer.write(message)


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


async def a_task_for_each_message(writers, messages):
    async def send(writer, message):
        writer.write(message)
        await writer.drain()

    async with asyncio.TaskGroup() as group:
        async for message in messages:
            for writer in writers:
                group.create_task(send(writer, message))


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


async def takes_a_place_first(session, pages, k):
    places, answers = asyncio.Semaphore(k), {}

    async def fetch_one(page):
        answers[page] = await fetch(session, page)

    async with asyncio.TaskGroup() as group:
        async for page in pages:
            await places.acquire()
            group.create_task(fetch_one(page)).add_done_callback(lambda _: places.release())
    return answers


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


async def gathers_everything(session, pages, k):
    todo = [page async for page in pages]
    answers = await asyncio.gather(*[fetch(session, page) for page in todo])
    return dict(zip(todo, answers, strict=True))


async def retries_until_it_works(session, pages, k):
    async def stubborn(page):
        while True:
            async with session.get(f"/cities/{page}") as response:
                if response.status == 200:
                    return await response.json()
            await asyncio.sleep(0.05)

    todo = [page async for page in pages]
    return dict(zip(todo, await asyncio.gather(*[stubborn(page) for page in todo]), strict=True))


async def a_task_each_behind_a_semaphore(session, pages, k):
    places = asyncio.Semaphore(k)

    async def fetch_politely(page):
        async with places:
            return await fetch(session, page)

    todo = [page async for page in pages]
    return dict(zip(todo, await asyncio.gather(*[fetch_politely(page) for page in todo]), strict=True))


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


async def one_after_another(session, pages, k):
    return {page: await fetch(session, page) async for page in pages}


async def half_as_many(session, pages, k):
    return await takes_a_place_first(session, pages, k // 2)


async def one_too_many(session, pages, k):
    return await takes_a_place_first(session, pages, k + 1)


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


async def fires_and_forgets(session, pages, k):
    places, answers = asyncio.Semaphore(k), {}

    async def fetch_one(page):
        answers[page] = await fetch(session, page)
        places.release()

    async for page in pages:
        await places.acquire()
        asyncio.create_task(fetch_one(page))
    return answers


async def workers_share_the_generator(session, pages, k):
    answers = {}

    async def worker():
        async for page in pages:
            answers[page] = await fetch(session, page)

    await asyncio.gather(*[worker() for _ in range(k)])
    return answers


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


async def returns_a_list(session, pages, k):
    return list((await takes_a_place_first(session, pages, k)).values())


# --- 3.5 ---


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


async def holds_the_place_for_a_second(jobs, send, rate):
    places = asyncio.Semaphore(rate)

    async def send_one(job):
        async with places:
            answer, _ = await asyncio.gather(send(job), asyncio.sleep(1.0))
        return answer

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(send_one(job)) async for job in jobs]
    return [task.result() for task in tasks]


async def a_semaphore_of_r(jobs, send, rate):
    places = asyncio.Semaphore(rate)

    async def send_one(job):
        async with places:
            return await send(job)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(send_one(job)) async for job in jobs]
    return [task.result() for task in tasks]


async def a_semaphore_of_five(jobs, send, rate):
    return await a_semaphore_of_r(jobs, send, 5)


async def sends_everything(jobs, send, rate):
    return await asyncio.gather(*[send(job) async for job in jobs])


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


async def awaits_each_answer(jobs, send, rate):
    return [await send(job) async for job in jobs]


async def collects_first(jobs, send, rate):
    todo, answers = [job async for job in jobs], []
    for first in range(0, len(todo), rate):
        answers += (await asyncio.gather(asyncio.sleep(1), *[send(job) for job in todo[first : first + rate]]))[1:]
    return answers


async def sends_and_forgets(jobs, send, rate):
    free, loop, tasks = asyncio.Semaphore(rate), asyncio.get_running_loop(), []
    async for job in jobs:
        await free.acquire()
        loop.call_later(1.0, free.release)
        tasks.append(asyncio.create_task(send(job)))
    return [task.result() for task in tasks if task.done()]


RIGHT = (
    Right("3.1", a_queue_of_ten),
    Right("3.1", a_queue_that_is_joined),
    Right("3.2", serves_with_streams),
    Right("3.2", serves_line_by_line),
    Right("3.2", serves_with_a_protocol),
    Right("3.2", serves_sockets),
    Right("3.3", a_queue_each),
    Right("3.3", looks_at_the_buffer),
    Right("3.3", skips_messages_for_the_slow),
    Right("3.4", workers_share_a_bounded_queue),
    Right("3.4", takes_a_place_first),
    Right("3.4", workers_share_the_pages_under_a_lock),
    Right("3.5", remembers_the_last_starts),
    Right("3.5", holds_the_place_for_a_second),
)

THREADS = "Serve every client in the event loop: a coroutine for each, and no thread."
BYTES = "Send back what came, byte for byte."
UNSENT = "Look at what is unsent before you write more, and drop the client, or its messages, when it is too much."
OWN_PACE = "Let each client have its own pace: do not wait for all of them before the next message."
IN_TURN = "Do not await one client's `drain` before you write to the next: give each client a task and a queue."
WRONG = (
    Wrong("3.1", a_queue_without_a_size, "Give the queue a size: `asyncio.Queue(10)`."),
    Wrong("3.1", a_queue_of_size_zero, "Give the queue a size: `asyncio.Queue(10)`."),
    Wrong("3.1", a_queue_of_twenty, "Let 10 items wait, not more."),
    Wrong("3.1", a_queue_of_one, "Let 10 items wait, not fewer."),
    Wrong("3.1", a_stack_of_ten, "Write the items in the order in which they were read."),
    Wrong(
        "3.1",
        no_queue,
        "Read on while the writer writes: put each item into the queue, and let a task take it out.",
    ),
    Wrong("3.1", puts_without_waiting, "Use `await queue.put(item)`, which waits until there is room."),
    Wrong("3.1", ends_before_the_queue_is_empty, "Write every item once before you return."),
    Wrong("3.2", a_thread_each, THREADS),
    Wrong("3.2", a_pool_of_threads, THREADS),
    Wrong(
        "3.2",
        one_client_at_a_time,
        "Serve each client in a task of its own; `asyncio.start_server` makes one for each.",
    ),
    Wrong("3.2", returns_at_once, "Go on serving: `await server.serve_forever()`."),
    Wrong("3.2", answers_once, "Go on reading until the client has finished: `while data := await reader.read(n)`."),
    Wrong("3.2", answers_in_text, BYTES),
    Wrong("3.2", wants_whole_lines, "Send back the last bytes, too, whether a line feed ends them or not."),
    Wrong("3.2", never_closes, "Close the connection when its client has finished: `writer.close()`."),
    Wrong(
        "3.2",
        accepts_without_await,
        "Let the loop wait for clients: `asyncio.start_server(handler, sock=listener)`.",
    ),
    Wrong(
        "3.2",
        sleeps_for_each_message,
        "Await instead of blocking: `asyncio.sleep`, an asynchronous client, or `asyncio.to_thread`.",
    ),
    Wrong("3.3", drains_one_after_another, IN_TURN),
    Wrong("3.3", drains_together, OWN_PACE),
    Wrong("3.3", waits_a_little_for_each, OWN_PACE),
    Wrong("3.3", never_drains, UNSENT),
    Wrong("3.3", a_task_for_each_message, UNSENT),
    Wrong(
        "3.3",
        a_queue_without_a_size_each,
        "Give each client's queue a size, and decide what happens when it is full.",
    ),
    Wrong("3.3", drops_for_everybody, "Send every message to every client that reads."),
    Wrong("3.3", leaves_its_senders, "Keep your tasks, and end them before you return: a TaskGroup waits for them."),
    Wrong("3.4", gathers_everything, "Let only 20 requests be in flight at a time."),
    Wrong("3.4", retries_until_it_works, "Let only 20 requests be in flight at a time."),
    Wrong("3.4", one_too_many, "Let only 20 requests be in flight at a time."),
    Wrong(
        "3.4",
        a_task_each_behind_a_semaphore,
        "Take a page when there is a place for it: first `acquire`, then `create_task`.",
    ),
    Wrong(
        "3.4",
        workers_share_an_unbounded_queue,
        "Bound what you have taken, too: a queue with a size makes the one who fills it wait.",
    ),
    Wrong("3.4", one_after_another, "Start them as tasks; a bound alone starts nothing."),
    Wrong("3.4", half_as_many, "Let 20 run at a time, not fewer."),
    Wrong("3.4", batches, "Start the next request as soon as one has ended, not when a whole batch has."),
    Wrong(
        "3.4",
        fires_and_forgets,
        "Keep your tasks, and wait for all of them before you return: a TaskGroup does both.",
    ),
    Wrong(
        "3.4",
        workers_share_the_generator,
        "Let one task take the pages, and hand them to the workers through a queue.",
    ),
    Wrong("3.4", keeps_the_statuses, "Return the answer of each page."),
    Wrong("3.4", returns_a_list, "Return a dictionary: each page with its answer."),
    Wrong("3.5", a_semaphore_of_r, "Count starts, not answers: a place becomes free a second after its start."),
    Wrong("3.5", a_semaphore_of_five, "Count starts, not answers: a place becomes free a second after its start."),
    Wrong("3.5", sends_everything, "Let only 20 start in a second."),
    Wrong(
        "3.5",
        a_bucket_of_tokens,
        "Do not refill while the burst is still inside the second: keep the times of the last starts.",
    ),
    Wrong(
        "3.5",
        counts_from_second_to_second,
        "Let the second slide: look back from each start, not from the stroke of the clock.",
    ),
    Wrong(
        "3.5",
        evenly_spaced,
        "Let a job go at once while fewer than 20 have started within the last second.",
    ),
    Wrong("3.5", awaits_each_answer, "Start each job as a task, and go on to the next."),
    Wrong("3.5", collects_first, "Start a job when it comes: do not collect them first."),
    Wrong(
        "3.5",
        sends_and_forgets,
        "Wait for the answers before you return: keep your tasks, in a TaskGroup or in a list.",
    ),
)

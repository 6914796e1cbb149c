"""Answers to the exercises of 03, as learners write them: right ones, and wrong ones with what they must be told."""

# Learners write no types.
# mypy: disallow-untyped-defs=False, disallow-incomplete-defs=False, check-untyped-defs=False
# mypy: disallow-untyped-calls=False

from __future__ import annotations

import asyncio
import contextlib
import heapq
import selectors
import threading
import time
from collections import deque

from tests.exercises.answers import right, wrong

# --- 3.0 ---


def run_sleeping(coroutines, seconds):
    ready, timers = deque(coroutines), []
    with selectors.DefaultSelector() as selector:
        while True:
            while ready:
                coroutine = ready.popleft()
                with contextlib.suppress(StopIteration):
                    wanted = coroutine.send(None)
                    if isinstance(wanted, float):
                        heapq.heappush(timers, (wanted, id(coroutine), coroutine))
                    else:
                        selector.register(wanted, selectors.EVENT_READ, coroutine)
            if not timers and not selector.get_map():
                return
            for key, _ in selector.select(seconds(timers)):
                selector.unregister(key.fileobj)
                ready.append(key.data)
            while timers and timers[0][0] <= time.monotonic():
                ready.append(heapq.heappop(timers)[2])


@right("3.0")
def until_the_earliest(coroutines):
    run_sleeping(coroutines, lambda timers: max(0, timers[0][0] - time.monotonic()) if timers else None)


@right("3.0")
def until_the_earliest_or_a_minute(coroutines):
    run_sleeping(coroutines, lambda timers: min(60, *[at - time.monotonic() for at, *_ in timers], 60))


@wrong(
    "3.0",
    "Work out how long it is until the earliest moment that a coroutine waits for.",
    passes=("It does not wake up without a reason",),
)
def until_something_comes(coroutines):
    run_sleeping(coroutines, lambda timers: None)


@wrong(
    "3.0",
    "Work out how long it is until the earliest moment that a coroutine waits for.",
    passes=("It does not wake up without a reason",),
)
def until_the_latest(coroutines):
    run_sleeping(coroutines, lambda timers: max(timers)[0] - time.monotonic() if timers else None)


@wrong(
    "3.0",
    "Work out how long it is until the earliest moment that a coroutine waits for.",
    passes=("It does not wake up without a reason",),
)
def for_a_second(coroutines):
    run_sleeping(coroutines, lambda timers: 1)


@wrong(
    "3.0",
    "Work out how long it is until the earliest moment that a coroutine waits for.",
    passes=("It does not wake up without a reason",),
)
def until_the_moment_itself(coroutines):
    run_sleeping(coroutines, lambda timers: timers[0][0] if timers else None)


@wrong(
    "3.0",
    "Let the thread sleep until there is something to do.",
    passes=(
        "It sleeps no longer than until the earliest moment",
        "Every coroutine comes to its end",
    ),
)
def not_at_all(coroutines):
    run_sleeping(coroutines, lambda timers: 0)


@wrong(
    "3.0",
    "Let the thread sleep until there is something to do.",
    passes=(
        "It sleeps no longer than until the earliest moment",
        "Every coroutine comes to its end",
    ),
)
def for_ten_milliseconds(coroutines):
    run_sleeping(coroutines, lambda timers: 0.01)


@wrong(
    "3.0",
    "Let the thread sleep until there is something to do.",
    passes=(
        "It sleeps no longer than until the earliest moment",
        "Every coroutine comes to its end",
    ),
)
def not_at_all_without_timers(coroutines):
    run_sleeping(coroutines, lambda timers: timers[0][0] - time.monotonic() if timers else 0)


@wrong("3.0", "Think of the case without timers: then there is no earliest moment.")
def forgets_that_there_may_be_none(coroutines):
    run_sleeping(coroutines, lambda timers: timers[0][0] - time.monotonic())


@wrong(
    "3.0",
    "Go on until every coroutine has come to its end.",
    passes=(
        "It sleeps no longer than until the earliest moment",
        "It does not wake up without a reason",
    ),
)
def resumes_each_once(coroutines):
    for coroutine in coroutines:
        with contextlib.suppress(StopIteration):
            coroutine.send(None)


# --- 3.1 ---


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


@right("3.1")
async def serves_with_streams(listener):
    await serve_with(echo, listener)


@wrong(
    "3.1",
    "Read what has come, and not whole lines: `await reader.read(65536)`.",
    passes=(
        "It serves until it is cancelled",
        "Every client is served in the event loop's own thread",
        "A quiet client holds up nobody",
        "What comes back is what was sent, as often as it was sent",
        "Up to 500 clients at once, each with its echo",
        "The last bytes come back, and the connection is closed",
    ),
)
async def serves_line_by_line(listener):
    async def by_line(reader, writer):
        async for line in reader:
            writer.write(line)
            await writer.drain()
        writer.close()

    await serve_with(by_line, listener)


@right("3.1")
async def serves_with_a_protocol(listener):
    class Echo(asyncio.Protocol):
        def connection_made(self, transport):
            self.transport = transport

        def data_received(self, data):
            self.transport.write(data)

    server = await asyncio.get_running_loop().create_server(Echo, sock=listener)
    async with server:
        await server.serve_forever()


@right("3.1")
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
    "3.1",
    "Serve every client in the event loop: a coroutine for each, and no thread.",
    passes=(
        "It serves until it is cancelled",
        "What comes back is what was sent, as often as it was sent",
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
    "3.1",
    "Serve every client in the event loop: a coroutine for each, and no thread.",
    passes=(
        "It serves until it is cancelled",
        "What comes back is what was sent, as often as it was sent",
    ),
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
    "3.1",
    "Serve each client in a task of its own.",
    passes=(
        "It serves until it is cancelled",
        "Every client is served in the event loop's own thread",
    ),
)
async def one_client_at_a_time(listener):
    loop = asyncio.get_running_loop()
    while True:
        client, _ = await loop.sock_accept(listener)
        with client:
            while data := await loop.sock_recv(client, 1000):
                await loop.sock_sendall(client, data)


@wrong(
    "3.1",
    "Go on serving until you are cancelled.",
    passes=("Every client is served in the event loop's own thread",),
)
async def returns_at_once(listener):
    await asyncio.start_server(echo, sock=listener)


@wrong(
    "3.1",
    "Go on reading until the client has finished.",
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
    "3.1",
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
    "3.1",
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
    "3.1",
    "Close the connection when its client has finished.",
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


@wrong(
    "3.1",
    "Send back what has come, without waiting for more.",
    passes=("It serves until it is cancelled", "Every client is served in the event loop's own thread"),
)
async def waits_for_the_end_of_each_client(listener):
    async def echo(reader, writer):
        writer.write(await reader.read())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, sock=listener)
    await server.serve_forever()


@wrong("3.1", "Let the event loop wait for clients, and do not ask the listener yourself.")
async def accepts_without_await(listener):
    while True:
        client, _ = listener.accept()
        client.sendall(client.recv(1000))


@wrong(
    "3.1",
    "Await instead of blocking: `asyncio.sleep`, an asynchronous client, or `asyncio.to_thread`.",
    passes=(
        "It serves until it is cancelled",
        "Every client is served in the event loop's own thread",
        "A quiet client holds up nobody",
        "What comes back is what was sent, as often as it was sent",
        "Up to 500 clients at once, each with its echo",
        "The last bytes come back, and the connection is closed",
        "However much comes, all of it comes back",
    ),
)
async def sleeps_for_each_message(listener):
    async def sleepy(reader, writer):
        while data := await reader.read(1000):
            time.sleep(0.001)
            writer.write(data)
        writer.close()

    await serve_with(sleepy, listener)


@right("3.1")
async def closes_in_the_end(listener):
    async def echo_back(reader, writer):
        try:
            while not reader.at_eof():
                writer.write(await reader.read(500))
                await writer.drain()
        finally:
            writer.close()

    server = await asyncio.start_server(echo_back, sock=listener)
    await server.serve_forever()


@wrong(
    "3.1",
    "Find out why your handler raises: its client gets no answer any more.",
    passes=(
        "It serves until it is cancelled",
        "Every client is served in the event loop's own thread",
        "A quiet client holds up nobody",
    ),
)
async def as_text(listener):
    async def in_text(reader, writer):
        while data := await reader.read(1000):
            writer.write(data.decode().encode())
        writer.close()

    await serve_with(in_text, listener)


@wrong(
    "3.1",
    "Find out why your handler raises: its client gets no answer any more.",
    passes=(
        "It serves until it is cancelled",
        "Every client is served in the event loop's own thread",
    ),
)
async def a_handler_of_one_parameter(listener):
    async def echo_back(writer):
        pass

    await serve_with(echo_back, listener)


@wrong(
    "3.1",
    "Wait until the client has finished: `read` then returns `b''`.",
    passes=(
        "It serves until it is cancelled",
        "Every client is served in the event loop's own thread",
        "A quiet client holds up nobody",
        "What comes back is what was sent, as often as it was sent",
    ),
)
async def loses_patience(listener):
    async def impatient(reader, writer):
        with contextlib.suppress(TimeoutError):
            while data := await asyncio.wait_for(reader.read(1000), 0.05):
                writer.write(data)
                await writer.drain()
        writer.close()

    await serve_with(impatient, listener)


@wrong(
    "3.1",
    "Keep what belongs to one client in the handler's own variables.",
    passes=(
        "It serves until it is cancelled",
        "Every client is served in the event loop's own thread",
        "A quiet client holds up nobody",
        "What comes back is what was sent, as often as it was sent",
        "The last bytes come back, and the connection is closed",
        "However much comes, all of it comes back",
    ),
)
async def shares_its_buffer(listener):
    shared = {}

    async def echo_back(reader, writer):
        while data := await reader.read(1000):
            shared["data"] = data
            await asyncio.sleep(0.001)
            writer.write(shared["data"])
        writer.close()

    await serve_with(echo_back, listener)


@wrong(
    "3.1",
    "Send back all that came: a socket may take less than you give it.",
    passes=(
        "It serves until it is cancelled",
        "Every client is served in the event loop's own thread",
        "A quiet client holds up nobody",
        "What comes back is what was sent, as often as it was sent",
        "Up to 500 clients at once, each with its echo",
        "The last bytes come back, and the connection is closed",
    ),
)
async def sends_what_the_socket_takes(listener):
    loop = asyncio.get_running_loop()

    async def echo_back(client):
        with client:
            while data := await loop.sock_recv(client, 10_000_000):
                with contextlib.suppress(BlockingIOError):
                    client.send(data)

    async with asyncio.TaskGroup() as group:
        while True:
            client, _ = await loop.sock_accept(listener)
            group.create_task(echo_back(client))


@wrong(
    "3.1",
    "Send back all that came: a socket may take less than you give it.",
    passes=(
        "It serves until it is cancelled",
        "Every client is served in the event loop's own thread",
        "A quiet client holds up nobody",
        "What comes back is what was sent, as often as it was sent",
        "Up to 500 clients at once, each with its echo",
        "The last bytes come back, and the connection is closed",
    ),
)
async def a_kilobyte_is_enough(listener):
    async def echo_back(reader, writer):
        left = 1024
        while left and (data := await reader.read(left)):
            left -= len(data)
            writer.write(data)
        writer.close()

    await serve_with(echo_back, listener)


# --- 3.2 ---


@right("3.2")
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


@right("3.2")
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


@right("3.2")
async def skips_messages_for_the_slow(writers, messages):
    async for message in messages:
        for writer in writers:
            if writer.transport.get_write_buffer_size() < 100_000:
                writer.write(message)


@wrong(
    "3.2",
    "Do not await one client's `drain` before you write to the next: give each client a task and a queue.",
    passes=(
        "Who reads gets every message, in order",
        "No message is torn",
        "No task is left behind",
    ),
)
async def drains_one_after_another(writers, messages):
    async for message in messages:
        for writer in writers:
            writer.write(message)
            await writer.drain()


@wrong(
    "3.2",
    "Let each client have its own pace: do not wait for all of them before the next message.",
    passes=(
        "Who reads gets every message, in order",
        "No message is torn",
        "No task is left behind",
    ),
)
async def drains_together(writers, messages):
    async def send(writer, message):
        writer.write(message)
        await writer.drain()

    async for message in messages:
        await asyncio.gather(*[send(writer, message) for writer in writers])


@wrong(
    "3.2",
    "Let each client have its own pace: do not wait for all of them before the next message.",
    passes=(
        "Who reads gets every message, in order",
        "No message is torn",
        "No task is left behind",
    ),
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
    "3.2",
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
    "3.2",
    "Bound what waits for each client, to 64 at most, and decide what happens when it is full.",
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
    "3.2",
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


@wrong(
    "3.2",
    "Send every message to every client that reads.",
    passes=(
        "No message is torn",
        "No task is left behind",
    ),
)
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
    "3.2",
    "Keep your tasks, and end them before you return: a TaskGroup waits for them.",
    passes=(
        "A slow client delays nobody",
        "Who reads gets every message, in order",
        "No pile of messages waits for a slow client",
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


@wrong(
    "3.2",
    "Return when the clients that read have everything: do not wait at the end for one that does not read.",
    passes=(
        "Who reads gets every message, in order",
        "No pile of messages waits for a slow client",
        "No message is torn",
        "No task is left behind",
    ),
)
async def drops_the_oldest_of_the_slow(writers, messages):
    waiting, news, over = {writer: deque(maxlen=40) for writer in writers}, asyncio.Condition(), False

    async def send_on(writer):
        with contextlib.suppress(ConnectionError):
            while True:
                async with news:
                    await news.wait_for(lambda: waiting[writer] or over)
                if not waiting[writer]:
                    return
                writer.write(waiting[writer].popleft())
                await writer.drain()

    async with asyncio.TaskGroup() as group:
        for writer in writers:
            group.create_task(send_on(writer))
        async for message in messages:
            for each in waiting.values():
                each.append(message)
            async with news:
                news.notify_all()
        over = True
        async with news:
            news.notify_all()


@wrong(
    "3.2",
    "Send every message to every client that reads.",
    passes=(
        "No message is torn",
        "No task is left behind",
    ),
)
async def one_queue_for_all(writers, messages):
    queue = asyncio.Queue(20)

    async def send_on(writer):
        while (message := await queue.get()) is not None:
            writer.write(message)
            await writer.drain()

    async with asyncio.TaskGroup() as group:
        for writer in writers:
            group.create_task(send_on(writer))
        async for message in messages:
            await queue.put(message)
        for _ in writers:
            await queue.put(None)


@wrong("3.2", "Send every message to every client that reads.", passes=("No task is left behind",))
async def all_write_to_the_last(writers, messages):
    queues = [asyncio.Queue(20) for _ in writers]
    senders = []
    for writer, queue in zip(writers, queues, strict=True):

        async def send_on(queue):
            while (message := await queue.get()) is not None:
                writer.write(message)  # the last one: that is the mistake
                await writer.drain()

        senders.append((send_on, queue))
    async with asyncio.TaskGroup() as group:
        for send_on, queue in senders:
            group.create_task(send_on(queue))
        async for message in messages:
            for queue in queues:
                if not queue.full():
                    queue.put_nowait(message)
        for queue in queues:
            await queue.put(None)


@wrong(
    "3.2",
    "Send each message when it comes.",
    passes=(
        "Who reads gets every message, in order",
        "No message is torn",
        "No task is left behind",
    ),
)
async def collects_all_first(writers, messages):
    todo = [message async for message in messages]

    async def send(writer):
        for message in todo:
            writer.write(message)
            await writer.drain()

    await asyncio.gather(*[send(writer) for writer in writers])


@wrong(
    "3.2",
    "Bound what waits for each client, to 64 at most, and decide what happens when it is full.",
    passes=(
        "A slow client delays nobody",
        "Who reads gets every message, in order",
        "No message is torn",
        "No task is left behind",
    ),
)
async def a_queue_of_a_thousand_each(writers, messages):
    queues = {writer: asyncio.Queue(1000) for writer in writers}

    async def send_on(writer):
        while (message := await queues[writer].get()) is not None:
            writer.write(message)
            await writer.drain()

    async with asyncio.TaskGroup() as group:
        for writer in writers:
            group.create_task(send_on(writer))
        async for message in messages:
            for queue in queues.values():
                await queue.put(message)
        for queue in queues.values():
            await queue.put(None)


@wrong(
    "3.2",
    "Write each message once, whole and in order, to the slow client, too; or drop the client.",
    passes=(
        "A slow client delays nobody",
        "Who reads gets every message, in order",
        "No pile of messages waits for a slow client",
        "No task is left behind",
    ),
)
async def cuts_what_does_not_fit(writers, messages):
    cut = set()
    async for message in messages:
        for writer in writers:
            free = 100_000 - writer.transport.get_write_buffer_size()
            if free >= len(message) and writer not in cut:
                writer.write(message)
            elif writer not in cut:
                writer.write(message[:784])
                cut.add(writer)


@wrong(
    "3.2",
    "Write each message once, whole and in order, to the slow client, too; or drop the client.",
    passes=(
        "A slow client delays nobody",
        "Who reads gets every message, in order",
        "No pile of messages waits for a slow client",
        "No task is left behind",
    ),
)
async def tears_in_the_middle(writers, messages):
    async for message in messages:
        for writer in writers:
            if writer.transport.get_write_buffer_size() < 100_000:
                writer.write(message)
            elif writer.transport.get_write_buffer_size() < 120_000:
                writer.write(message[:784])


@wrong("3.2", "Await instead of blocking: nothing is sent while the loop's thread sleeps.")
async def sleeps_until_it_is_sent(writers, messages):
    async for message in messages:
        for writer in writers:
            writer.write(message)
            for _ in range(20):
                if writer.transport.get_write_buffer_size() < 50_000:
                    break
                time.sleep(0.01)


@wrong(
    "3.2",
    "Send every message to every client that reads.",
    passes=(
        "No message is torn",
        "No task is left behind",
    ),
)
async def skips_the_others_when_one_is_slow(writers, messages):
    async for message in messages:
        if all(writer.transport.get_write_buffer_size() < 100_000 for writer in writers):
            for writer in writers:
                writer.write(message)


@wrong(
    "3.2",
    "Return when the clients that read have everything: do not wait at the end for one that does not read.",
    passes=(
        "Who reads gets every message, in order",
        "No pile of messages waits for a slow client",
        "No message is torn",
        "No task is left behind",
    ),
)
async def waits_for_the_slow_one_at_the_end(writers, messages):
    queues = [asyncio.Queue(64) for _ in writers]

    async def send_on(writer, queue):
        while (message := await queue.get()) is not None:
            writer.write(message)
            await writer.drain()

    async with asyncio.TaskGroup() as group:
        for writer, queue in zip(writers, queues, strict=True):
            group.create_task(send_on(writer, queue))
        async for message in messages:
            for queue in queues:
                with contextlib.suppress(asyncio.QueueFull):
                    queue.put_nowait(message)
            await asyncio.sleep(0)
        for queue in queues:
            await queue.put(None)


@right("3.2")
async def drops_the_oldest_and_gives_up_in_the_end(writers, messages):
    sending = asyncio.create_task(drops_the_oldest_of_the_slow(writers, messages_ended := ended_by(messages)))
    await messages_ended.over.wait()
    await asyncio.wait([sending], timeout=1)
    sending.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await sending


class ended_by:
    def __init__(self, messages):
        self.messages, self.over = aiter(messages), asyncio.Event()

    def __aiter__(self):
        return self

    async def __anext__(self):
        try:
            return await anext(self.messages)
        except StopAsyncIteration:
            self.over.set()
            raise

"""Answers to the exercises of 05, as learners write them: right ones, and wrong ones with what they must be told."""

# Learners write no types.
# mypy: disallow-untyped-defs=False, disallow-incomplete-defs=False, check-untyped-defs=False
# mypy: disallow-untyped-calls=False

from __future__ import annotations

import asyncio
import json
import time

import aiohttp
from aiohttp import web

from tests.exercises.answers import right, wrong

# --- 5.1 ---


@right("5.1")
async def reads_a_line(reader, writer, question):
    writer.write(question + b"\n")
    await writer.drain()
    return await reader.readline()


@right("5.1")
async def reads_until_the_mark(reader, writer, question):
    writer.write(question + b"\n")
    await writer.drain()
    return (await asyncio.wait_for(reader.readuntil(b"\n"), timeout=1)).decode().strip()


@right("5.1")
async def takes_the_next_from_the_reader(reader, writer, question):
    writer.writelines([question, b"\n"])
    return await anext(reader)


@wrong("5.1", "Read up to the end of the line, however many pieces it takes.")
async def reads_what_is_there(reader, writer, question):
    writer.write(question + b"\n")
    await writer.drain()
    return await reader.read(1000)


@wrong("5.1", "Read to the end of the line, not to the end of the connection.")
async def reads_to_the_end_of_the_connection(reader, writer, question):
    writer.write(question + b"\n")
    await writer.drain()
    return await reader.read()


@wrong("5.1", "Read up to the end of the line, however many pieces it takes.")
async def reads_five_bytes(reader, writer, question):
    writer.write(question + b"\n")
    await writer.drain()
    return await reader.readexactly(5)


@wrong("5.1", "Call the method: put parentheses after its name.")
async def awaits_the_method(reader, writer, question):
    writer.write(question + b"\n")
    await writer.drain()
    return await reader.readline


@wrong("5.1", "Return what you read.")
async def drains_again(reader, writer, question):
    writer.write(question + b"\n")
    await writer.drain()
    return await writer.drain()


@wrong("5.1", "Read up to the end of the line, however many pieces it takes.")
async def sleeps_and_hopes(reader, writer, question):
    writer.write(question + b"\n")
    await asyncio.sleep(0.02)
    return await reader.read(1000)


@wrong("5.1", "Await what you return.")
async def forgets_to_await(reader, writer, question):
    writer.write(question + b"\n")
    await writer.drain()
    return reader.readline()


@right("5.1")
async def collects_pieces_up_to_the_line_feed(reader, writer, question):
    writer.write(question + b"\n")
    answer = b""
    while not answer.endswith(b"\n"):
        answer += await reader.read(100)
    return answer


@wrong(
    "5.1",
    "Read up to the end of the line, however many pieces it takes.",
    passes=("Three questions, three whole answers",),
)
async def sleeps_until_all_should_be_there(reader, writer, question):
    writer.write(question + b"\n")
    await asyncio.sleep(0.4)
    return await reader.read(1000)


@wrong(
    "5.1",
    "Read up to the end of the line, however many pieces it takes.",
    passes=("Three questions, three whole answers",),
)
async def knows_the_answers(reader, writer, question):
    capitals = {b"capital of Norway": b"Oslo", b"capital of Peru": b"Lima", b"capital of Ethiopia": b"Addis Ababa"}
    return capitals.get(question, b"?")


@wrong("5.1", 'Send the question as one line: with a line end, `question + b"\\n"`.')
async def sends_no_line_end(reader, writer, question):
    writer.write(question)
    await writer.drain()
    return await reader.readline()


@wrong("5.1", "Read up to the end of the line, however many pieces it takes.")
async def reads_twice(reader, writer, question):
    writer.write(question + b"\n")
    return await reader.read(1000) + await reader.read(1000)


@wrong("5.1", "Return the answer as bytes.")
async def splits_into_words(reader, writer, question):
    writer.write(question + b"\n")
    return (await reader.readline()).split()


# --- 5.2 ---


@right("5.2")
async def comes_back_with_the_last_id(session, count):
    ids = []
    while len(ids) < count:
        try:
            async with session.ws_connect(f"/channel?after={max(ids, default=0)}") as socket:
                async for message in socket:
                    ids.append(json.loads(message.data)["id"])
                    if len(ids) >= count:
                        return ids
        except aiohttp.ClientError:
            await asyncio.sleep(0.05)
    return ids


@right("5.2")
async def receives_by_hand(session, count):
    messages, delay_s = {}, 0.05
    while len(messages) < count:
        try:
            socket = await session.ws_connect("/channel", params={"after": len(messages)})
        except aiohttp.ClientError:
            await asyncio.sleep(delay_s)
            delay_s *= 2
            continue
        try:
            while len(messages) < count:
                message = await socket.receive()
                if message.type != aiohttp.WSMsgType.TEXT:
                    break
                content = message.json()
                messages[content["id"]] = content
        finally:
            await socket.close()
    return sorted(messages)


@wrong("5.2", "Connect again when the connection is lost.")
async def connects_once(session, count):
    ids = []
    async with session.ws_connect("/channel?after=0") as socket:
        async for message in socket:
            ids.append(message.json()["id"])
    return ids


@wrong("5.2", "Look at the message's type, or use `async for`: a message may say that the connection is gone.")
async def expects_json_always(session, count):
    ids = []
    async with session.ws_connect("/channel?after=0") as socket:
        while len(ids) < count:
            ids.append((await socket.receive_json())["id"])
    return ids


@wrong("5.2", "Take the dictionary out of the message first: `message.json()`.")
async def takes_the_message_for_its_data(session, count):
    ids = []
    while len(ids) < count:
        try:
            async with session.ws_connect(f"/channel?after={len(ids)}") as socket:
                async for message in socket:
                    ids.append(message["id"])
        except aiohttp.ClientError:
            await asyncio.sleep(0.05)
    return ids


@wrong("5.2", "Use the library's `session.ws_connect`.")
async def looks_for_it_in_asyncio(session, count):
    socket = await asyncio.open_websocket("/channel?after=0")
    return [(await socket.receive_json())["id"] for _ in range(count)]


async def connect_again(session, count, after, pause_s=0.05):
    ids = []
    while len(ids) < count:
        try:
            async with session.ws_connect(f"/channel{after(ids)}") as socket:
                async for message in socket:
                    ids.append(message.json()["id"])
                    if len(ids) == count:
                        break
        except aiohttp.ClientError:
            await asyncio.sleep(pause_s)
    return ids


@wrong(
    "5.2",
    "Tell the server which id you have last: `/channel?after=6`.",
)
async def says_nothing_when_back(session, count):
    return await connect_again(session, count, lambda ids: "")


@wrong(
    "5.2",
    "Continue after the last id that you have; begin at the beginning only once.",
    passes=("Cancelled while it waits, it ends",),
)
async def begins_again(session, count):
    return await connect_again(session, count, lambda ids: "?after=0")


@wrong(
    "5.2",
    "Continue after the last id that you have; begin at the beginning only once.",
    passes=("Cancelled while it waits, it ends",),
)
async def asks_for_the_last_again(session, count):
    return await connect_again(session, count, lambda ids: f"?after={ids[-1] - 1 if ids else 0}")


@wrong(
    "5.2",
    "Tell the server which id you have last: `/channel?after=6`.",
)
async def asks_for_one_too_late(session, count):
    return await connect_again(session, count, lambda ids: f"?after={ids[-1] + 1 if ids else 0}")


@wrong(
    "5.2",
    "Wait a moment before you try again.",
    passes=(
        "20 messages, each once, in order",
        "Refused at first, and with other cuts: 11 messages",
        "When it has enough, it closes the connection",
        "Cancelled while it waits, it ends",
    ),
)
async def storms(session, count):
    return await connect_again(session, count, lambda ids: f"?after={ids[-1] if ids else 0}", pause_s=0)


@wrong("5.2", "Catch `aiohttp.ClientError` around the connection, wait a moment, and try again.")
async def gives_up_when_refused(session, count):
    ids = []
    while len(ids) < count:
        async with session.ws_connect(f"/channel?after={ids[-1] if ids else 0}") as socket:
            async for message in socket:
                ids.append(message.json()["id"])
                if len(ids) == count:
                    break
    return ids


@wrong("5.2", "Return as soon as you have `count` messages.")
async def waits_for_more_than_there_is(session, count):
    ids = []
    while len(ids) < count:
        try:
            async with session.ws_connect(f"/channel?after={ids[-1] if ids else 0}") as socket:
                async for message in socket:
                    ids.append(message.json()["id"])
        except aiohttp.ClientError:
            await asyncio.sleep(0.05)
    return ids


@wrong(
    "5.2",
    "Await instead of blocking: `asyncio.sleep`, an asynchronous client, or `asyncio.to_thread`.",
    passes=(
        "20 messages, each once, in order",
        "Refused at first, and with other cuts: 11 messages",
        "A pause before each new attempt",
        "When it has enough, it closes the connection",
        "Cancelled while it waits, it ends",
    ),
)
async def sleeps_with_the_thread(session, count):
    ids = []
    while len(ids) < count:
        try:
            async with session.ws_connect(f"/channel?after={ids[-1] if ids else 0}") as socket:
                async for message in socket:
                    ids.append(message.json()["id"])
                    if len(ids) == count:
                        break
        except aiohttp.ClientError:
            time.sleep(0.05)
    return ids


@right("5.2")
async def begins_without_an_id(session, count):
    last_id, ids = None, []
    while True:
        try:
            async with session.ws_connect("/channel" if last_id is None else f"/channel?after={last_id}") as socket:
                while True:
                    message = await socket.receive()
                    if message.type is not aiohttp.WSMsgType.TEXT:
                        break
                    last_id = json.loads(message.data)["id"]
                    ids.append(last_id)
                    if len(ids) == count:
                        return tuple(ids)
        except aiohttp.ClientError:
            await asyncio.sleep(0.06)


@wrong("5.2", "Connect to `/channel` with `session.ws_connect`.")
async def made_up(session, count):
    return list(range(1, count + 1))


@wrong("5.2", "Return ids of messages that you have received.")
async def counts_on_by_itself(session, count):
    async with session.ws_connect("/channel") as socket:
        first = (await socket.receive_json())["id"]
    return [first + place for place in range(count)]


@wrong("5.2", "Return the ids, as numbers.", passes=("Cancelled while it waits, it ends",))
async def messages_in_place_of_ids(session, count):
    messages = []
    while len(messages) < count:
        try:
            async with session.ws_connect(f"/channel?after={messages[-1]['id'] if messages else 0}") as socket:
                async for message in socket:
                    messages.append(message.json())
                    if len(messages) == count:
                        break
        except aiohttp.ClientError:
            await asyncio.sleep(0.05)
    return messages


@wrong("5.2", "Return as soon as you have `count` messages.")
async def reads_on_and_cuts_off(session, count):
    ids = []
    while len(ids) < count:
        try:
            async with session.ws_connect(f"/channel?after={ids[-1] if ids else 0}") as socket:
                async for message in socket:
                    ids.append(message.json()["id"])
        except aiohttp.ClientError:
            await asyncio.sleep(0.05)
    return ids[:count]


@wrong(
    "5.2",
    "Close the connection when you have enough: use `async with session.ws_connect(…)`.",
    passes=(
        "20 messages, each once, in order",
        "Refused at first, and with other cuts: 11 messages",
        "A pause before each new attempt",
        "Cancelled while it waits, it ends",
    ),
)
async def connections_left_open(session, count):
    ids = []
    while len(ids) < count:
        try:
            socket = await session.ws_connect(f"/channel?after={ids[-1] if ids else 0}")
        except aiohttp.ClientError:
            await asyncio.sleep(0.05)
            continue
        async for message in socket:
            ids.append(message.json()["id"])
            if len(ids) == count:
                break
    return ids


@wrong(
    "5.2",
    "Let CancelledError out: catch `aiohttp.ClientError`, and not everything.",
    passes=(
        "20 messages, each once, in order",
        "Refused at first, and with other cuts: 11 messages",
        "A pause before each new attempt",
        "When it has enough, it closes the connection",
    ),
)
async def catches_everything(session, count):
    ids = []
    while len(ids) < count:
        try:
            async with session.ws_connect(f"/channel?after={ids[-1] if ids else 0}") as socket:
                async for message in socket:
                    ids.append(message.json()["id"])
                    if len(ids) == count:
                        break
        except:  # noqa: E722
            await asyncio.sleep(0.05)
    return ids


@wrong("5.2", "Go on trying: a refusal says nothing about the next attempt.")
async def three_tries(session, count):
    ids, tries = [], 0
    while len(ids) < count:
        try:
            async with session.ws_connect(f"/channel?after={ids[-1] if ids else 0}") as socket:
                async for message in socket:
                    ids.append(message.json()["id"])
                    if len(ids) == count:
                        break
        except aiohttp.ClientError:
            tries += 1
            if tries == 3:
                raise
            await asyncio.sleep(0.05)
    return ids


@wrong("5.2", "Continue after the last id that you have; begin at the beginning only once.")
async def after_zero_with_a_set(session, count):
    ids = set()
    while len(ids) < count:
        try:
            async with session.ws_connect("/channel?after=0") as socket:
                async for message in socket:
                    ids.add(message.json()["id"])
        except aiohttp.ClientError:
            await asyncio.sleep(0.05)
    return sorted(ids)[:count]


@wrong("5.2", "Give `asyncio.sleep` the pause in seconds: 50 ms are 0.05.")
async def pause_of_fifty_seconds(session, count):
    return await connect_again(session, count, lambda ids: f"?after={ids[-1] if ids else 0}", pause_s=50)


@wrong("5.2", "Keep the ids in the order in which they came.", passes=("Cancelled while it waits, it ends",))
async def newest_first(session, count):
    return (await comes_back_with_the_last_id(session, count))[::-1]


@wrong("5.2", "Return as soon as you have `count` messages.")
async def looks_when_the_next_has_come(session, count):
    ids = []
    while True:
        try:
            async with session.ws_connect(f"/channel?after={ids[-1] if ids else 0}") as socket:
                async for message in socket:
                    if len(ids) == count:
                        return ids
                    ids.append(message.json()["id"])
        except aiohttp.ClientError:
            await asyncio.sleep(0.05)


@wrong(
    "5.2",
    "Wait 50 ms after a refusal: `asyncio.sleep(0.05)`.",
    passes=(
        "20 messages, each once, in order",
        "Refused at first, and with other cuts: 11 messages",
        "When it has enough, it closes the connection",
        "Cancelled while it waits, it ends",
    ),
)
async def waits_for_half_a_second(session, count):
    ids = []
    while len(ids) < count:
        try:
            async with session.ws_connect(f"/channel?after={ids[-1] if ids else 0}") as socket:
                async for message in socket:
                    ids.append(message.json()["id"])
                    if len(ids) == count:
                        break
        except aiohttp.ClientError:
            await asyncio.sleep(0.5)
    return ids


# --- 5.3 ---

HEADERS = {"Content-Type": "text/event-stream"}
BEGINS = "An answer of the right type begins at once, with a queue for each visitor"
TELLS = "Each text arrives at once, as one event, whatever its lines are"


@right("5.3")
async def leaves_in_the_end(request, queues):
    response = web.StreamResponse(headers=HEADERS)
    await response.prepare(request)
    queue = asyncio.Queue()
    queues.add(queue)
    try:
        while True:
            for line in (await queue.get()).split("\n"):
                await response.write(f"data: {line}\n".encode())
            await response.write(b"\n")
    finally:
        queues.remove(queue)


@right("5.3")
async def with_ids_and_without_a_space(request, queues):
    queue, number = asyncio.Queue(), 0
    queues.add(queue)
    try:
        response = web.StreamResponse()
        response.content_type = "text/event-stream"
        await response.prepare(request)
        while text := f"{await queue.get()}\n":
            number += 1
            body = text[:-1].replace("\n", "\r\ndata: ")
            await response.write(f"id: {number}\r\nevent: message\r\ndata: {body}\r\n\r\n".encode())
    except asyncio.CancelledError:
        queues.discard(queue)
        raise


@wrong(
    "5.3",
    "Take out only the visitor's own queue.",
    passes=(
        "An answer of the right type begins at once, with a queue for each visitor",
        "Each text arrives at once, as one event, whatever its lines are",
    ),
)
async def takes_out_all_queues(request, queues):
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    queue = asyncio.Queue()
    queues.add(queue)
    try:
        while True:
            lines = (await queue.get()).split("\n")
            await response.write(("".join(f"data: {line}\n" for line in lines) + "\n").encode())
    finally:
        queues.clear()


@wrong(
    "5.3",
    "Begin each line of a text with `data: `, also the second.",
    passes=("An answer of the right type begins at once, with a queue for each visitor",),
)
async def forgets_the_space_of_later_lines(request, queues):
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    queue = asyncio.Queue()
    queues.add(queue)
    try:
        while True:
            text = (await queue.get()).replace("\n", "\ndata:")
            await response.write(f"data: {text}\n\n".encode())
    finally:
        queues.discard(queue)


@wrong(
    "5.3",
    "Send an event for an empty text, too: it has one line, an empty one.",
    passes=("An answer of the right type begins at once, with a queue for each visitor",),
)
async def sends_nothing_for_an_empty_text(request, queues):
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    queue = asyncio.Queue()
    queues.add(queue)
    try:
        while True:
            lines = (await queue.get()).splitlines()
            await response.write(("".join(f"data: {line}\n" for line in lines) + "\n").encode())
    finally:
        queues.discard(queue)


@wrong("5.3", "Take the queue out of `queues` when the visitor leaves.", passes=(BEGINS, TELLS))
async def leaves_its_queue(request, queues):
    response = web.StreamResponse(headers=HEADERS)
    await response.prepare(request)
    queue = asyncio.Queue()
    queues.add(queue)
    while True:
        lines = (await queue.get()).split("\n")
        await response.write("".join(f"data: {line}\n" for line in lines).encode() + b"\n")
    queues.discard(queue)


@wrong("5.3", "Take the queue out of `queues` when the visitor leaves.", passes=(BEGINS, TELLS))
async def waits_for_a_failed_write(request, queues):
    response = web.StreamResponse(headers=HEADERS)
    await response.prepare(request)
    queue = asyncio.Queue()
    queues.add(queue)
    while True:
        try:
            lines = (await queue.get()).split("\n")
            await response.write("".join(f"data: {line}\n" for line in lines).encode() + b"\n")
        except ConnectionError:
            break
    queues.discard(queue)
    return response


@wrong("5.3", "Begin each line of a text with `data: `, also the second.", passes=(BEGINS,))
async def one_data_for_all_lines(request, queues):
    response = web.StreamResponse(headers=HEADERS)
    await response.prepare(request)
    queue = asyncio.Queue()
    queues.add(queue)
    try:
        while True:
            await response.write(f"data: {await queue.get()}\n\n".encode())
    finally:
        queues.discard(queue)


@wrong("5.3", "End each event with an empty line.", passes=(BEGINS,))
async def one_line_end_only(request, queues):
    response = web.StreamResponse(headers=HEADERS)
    await response.prepare(request)
    queue = asyncio.Queue()
    queues.add(queue)
    try:
        while True:
            await response.write(f"data: {await queue.get()}\n".encode())
    finally:
        queues.discard(queue)


@wrong("5.3", "Begin each line of a text with `data: `.", passes=(BEGINS,))
async def sends_the_bare_text(request, queues):
    response = web.StreamResponse(headers=HEADERS)
    await response.prepare(request)
    queue = asyncio.Queue()
    queues.add(queue)
    try:
        while True:
            await response.write(f"{await queue.get()}\n\n".encode())
    finally:
        queues.discard(queue)


@wrong("5.3", "Say what it is: `Content-Type: text/event-stream`, in the headers of the answer.")
async def of_no_type(request, queues):
    response = web.StreamResponse()
    await response.prepare(request)
    queue = asyncio.Queue()
    queues.add(queue)
    try:
        while True:
            await response.write(f"data: {await queue.get()}\n\n".encode())
    finally:
        queues.discard(queue)


@wrong("5.3", "Begin the answer as soon as the visitor comes: `await response.prepare(request)`.")
async def begins_with_the_first_text(request, queues):
    queue = asyncio.Queue()
    queues.add(queue)
    try:
        text = await queue.get()
        response = web.StreamResponse(headers=HEADERS)
        await response.prepare(request)
        while True:
            await response.write(f"data: {text}\n\n".encode())
            text = await queue.get()
    finally:
        queues.discard(queue)


@wrong("5.3", "Give each visitor a queue of its own.")
async def one_queue_for_all(request, queues):
    response = web.StreamResponse(headers=HEADERS)
    await response.prepare(request)
    if not queues:
        queues.add(asyncio.Queue())
    (queue,) = queues
    while True:
        await response.write(f"data: {await queue.get()}\n\n".encode())


@wrong("5.3", "Put an `asyncio.Queue` of the visitor's own into `queues`.")
async def joins_nothing(request, queues):
    response = web.StreamResponse(headers=HEADERS)
    await response.prepare(request)
    queue = asyncio.Queue()
    while True:
        await response.write(f"data: {await queue.get()}\n\n".encode())


@wrong("5.3", "Don't return while the visitor is there: wait for the next text.", passes=(BEGINS,))
async def ends_after_the_first(request, queues):
    response = web.StreamResponse(headers=HEADERS)
    await response.prepare(request)
    queue = asyncio.Queue()
    queues.add(queue)
    await response.write(f"data: {await queue.get()}\n\n".encode())
    return response


@wrong("5.3", "Write each text as soon as it comes, to every visitor.", passes=(BEGINS,))
async def collects_three_first(request, queues):
    response = web.StreamResponse(headers=HEADERS)
    await response.prepare(request)
    queue = asyncio.Queue()
    queues.add(queue)
    try:
        texts = [await queue.get() for _ in range(3)]
        for text in texts:
            await response.write(f"data: {text}\n\n".encode())
    finally:
        queues.discard(queue)


@wrong(
    "5.3",
    "Send each text as it is, once, to each visitor.",
    passes=("An answer of the right type begins at once, with a queue for each visitor",),
)
async def sends_latin_letters(request, queues):
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    queue = asyncio.Queue()
    queues.add(queue)
    try:
        while True:
            data = "".join(f"data: {line}\n" for line in (await queue.get()).split("\n"))
            await response.write(f"{data}\n".encode("latin-1", errors="replace"))
    finally:
        queues.discard(queue)


@wrong(
    "5.3",
    "Write each text as soon as it comes, to every visitor.",
    passes=("An answer of the right type begins at once, with a queue for each visitor",),
)
async def sends_what_is_new(request, queues):
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    queue, last = asyncio.Queue(), None
    queues.add(queue)
    try:
        while True:
            text = await queue.get()
            if text != last:
                data = "".join(f"data: {line}\n" for line in text.split("\n"))
                await response.write(f"{data}\n".encode())
            last = text
    finally:
        queues.discard(queue)

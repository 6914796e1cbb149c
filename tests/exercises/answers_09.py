"""Answers to the exercises of 09, as learners write them: right ones, and wrong ones with what they must be told."""

# Learners write no types.
# mypy: disallow-untyped-defs=False, disallow-incomplete-defs=False, check-untyped-defs=False
# mypy: disallow-untyped-calls=False

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct

import aiohttp

from tests.exercises.answers import right, wrong

# --- 9.1 ---


@right("9.1")
async def reads_exactly(reader):
    frames = []
    while True:
        try:
            (size,) = struct.unpack(">I", await reader.readexactly(4))
        except asyncio.IncompleteReadError as error:
            if not error.partial:
                return frames
            raise
        frames.append(await reader.readexactly(size))


@right("9.1")
async def keeps_a_buffer(reader):
    frames, buffer = [], b""
    while data := await reader.read(1000):
        buffer += data
        while len(buffer) >= 4 and len(buffer) >= 4 + int.from_bytes(buffer[:4], "big"):
            end = 4 + int.from_bytes(buffer[:4], "big")
            frames.append(buffer[4:end])
            buffer = buffer[end:]
    if buffer:
        raise EOFError(f"{len(buffer)} bytes of a frame are left over")
    return frames


@right("9.1")
async def reads_the_whole_connection_first(reader):
    data, frames = await reader.read(), []
    while data:
        size = int.from_bytes(data[:4], "big")
        if len(data) < 4 + size:
            raise ValueError("cut short")
        frames.append(data[4 : 4 + size])
        data = data[4 + size :]
    return frames


@wrong("9.1", "Wait until as many bytes have come as you need.", passes=("Six frames, a frame at a time",))
async def a_read_is_a_frame(reader):
    frames = []
    while data := await reader.read(100_000):
        frames.append(data[4:])
    return frames


@wrong(
    "9.1",
    "Wait until as many bytes have come as you need.",
    passes=("Six frames, a frame at a time", "The same, all at once", "Other frames, over a real connection"),
)
async def reads_up_to_the_length(reader):
    frames = []
    while head := await reader.read(4):
        frames.append(await reader.read(int.from_bytes(head, "big")) if any(head) else b"")
    return frames


@wrong(
    "9.1",
    "Wait until as many bytes have come as you need.",
    passes=(
        "Six frames, a frame at a time",
        "The same, all at once",
        "Other frames, over a real connection",
    ),
)
async def waits_for_the_payload_only(reader):
    frames = []
    while head := await reader.read(4):
        frames.append(await reader.readexactly(int.from_bytes(head, "big")))
    return frames


@wrong(
    "9.1",
    "Keep what comes after a frame: it is the beginning of the next.",
    passes=(
        "Six frames, a frame at a time",
        "The same, byte by byte",
    ),
)
async def drops_what_comes_after(reader):
    frames, buffer = [], b""
    while data := await reader.read(100_000):
        buffer += data
        if len(buffer) >= 4 and len(buffer) >= 4 + int.from_bytes(buffer[:4], "big"):
            frames.append(buffer[4 : 4 + int.from_bytes(buffer[:4], "big")])
            buffer = b""
    if buffer:
        raise EOFError("cut short")
    return frames


@wrong(
    "9.1",
    "Keep what comes after a frame: it is the beginning of the next.",
    passes=("Six frames, a frame at a time", "The same, byte by byte"),
)
async def one_frame_a_read(reader):
    frames, buffer = [], b""
    while data := await reader.read(100_000):
        buffer += data
        size = int.from_bytes(buffer[:4], "big")
        if len(buffer) >= 4 and len(buffer) >= 4 + size:
            frames.append(buffer[4 : 4 + size])
            buffer = buffer[4 + size :]
    return frames


@wrong("9.1", 'Read the length as big-endian: `int.from_bytes(head, "big")`.')
async def little_endian(reader):
    frames = []
    while True:
        try:
            head = await reader.readexactly(4)
        except asyncio.IncompleteReadError:
            return frames
        frames.append(await reader.readexactly(int.from_bytes(head, "little")))


@wrong("9.1", "Go on until the connection ends: return all 6 frames.")
async def an_empty_frame_is_the_end(reader):
    frames = []
    while size := int.from_bytes(await reader.readexactly(4), "big"):
        frames.append(await reader.readexactly(size))
    return frames


@wrong("9.1", "Keep the empty frame: a length of 0 is a length.")
async def skips_empty_frames(reader):
    return [frame for frame in await reads_exactly(reader) if frame]


@wrong("9.1", "Return what follows the length, without the length.")
async def keeps_the_length(reader):
    return [len(frame).to_bytes(4, "big") + frame for frame in await reads_exactly(reader)]


@wrong("9.1", "Return when the connection ends between two frames: there `readexactly` raises with an empty `partial`.")
async def fails_at_the_end(reader):
    frames = []
    while not reader.at_eof():
        size = int.from_bytes(await reader.readexactly(4), "big")
        frames.append(await reader.readexactly(size))
    return frames


@wrong(
    "9.1",
    "Raise when the connection ends within a frame, its length included.",
    passes=(
        "Six frames, a frame at a time",
        "The same, byte by byte",
        "The same, all at once",
        "Other frames, over a real connection",
    ),
)
async def takes_any_end_for_the_end(reader):
    frames = []
    try:
        while True:
            frames.append(await reader.readexactly(int.from_bytes(await reader.readexactly(4), "big")))
    except asyncio.IncompleteReadError:
        return frames


@wrong(
    "9.1",
    "Raise when the connection ends within a frame, its length included.",
    passes=(
        "Six frames, a frame at a time",
        "The same, byte by byte",
        "The same, all at once",
        "Other frames, over a real connection",
    ),
)
async def returns_what_was_cut_short(reader):
    frames = []
    while True:
        try:
            head = await reader.readexactly(4)
            frames.append(await reader.readexactly(int.from_bytes(head, "big")))
        except asyncio.IncompleteReadError as error:
            if error.partial:
                frames.append(error.partial)
            return frames


@wrong("9.1", "Notice the end of the connection: there `read` returns b'', at once and every time.")
async def collects_without_a_way_out(reader):
    async def take(n):
        data = b""
        while len(data) < n:
            data += await reader.read(n - len(data))
        return data

    frames = []
    while not reader.at_eof():
        frames.append(await take(int.from_bytes(await take(4), "big")))
    return frames


@wrong("9.1", "Read the four bytes of the length, then as many bytes as it says.")
async def reads_lines(reader):
    return [line[4:] async for line in reader]


@wrong("9.1", "Go on until the connection ends: return all 6 frames.")
async def the_first_frame_only(reader):
    return [await reader.readexactly(int.from_bytes(await reader.readexactly(4), "big"))]


@wrong(
    "9.1",
    "Read any frames, not only those of one example.",
    passes=(
        "Six frames, a frame at a time",
        "The same, byte by byte",
        "The same, all at once",
        "A frame that is cut short is an error, wherever it is cut",
    ),
)
async def ends_at_the_second_empty_frame(reader):
    frames = []
    for frame in await reads_exactly(reader):
        if frame == b"" and frame in frames:
            break
        frames.append(frame)
    return frames


@wrong(
    "9.1",
    "Raise when the connection ends within a frame, its length included.",
    passes=(
        "Six frames, a frame at a time",
        "The same, byte by byte",
        "The same, all at once",
        "Other frames, over a real connection",
    ),
)
async def forgives_half_a_length(reader):
    frames = []
    while True:
        try:
            head = await reader.readexactly(4)
        except asyncio.IncompleteReadError:
            return frames
        frames.append(await reader.readexactly(int.from_bytes(head, "big")))


@right("9.1")
async def fills_a_buffer(reader):
    buf, out = (bytearray(), [])

    async def fill(n):
        while len(buf) < n:
            chunk = await reader.read(65536)
            if not chunk:
                return False
            buf.extend(chunk)
        return True

    while True:
        if not await fill(4):
            if buf:
                raise EOFError("within a length")
            return out
        n = int.from_bytes(buf[:4], "big")
        if not await fill(4 + n):
            raise EOFError("within a frame")
        out.append(bytes(buf[4 : 4 + n]))
        del buf[: 4 + n]


@wrong(
    "9.1",
    "Raise when the connection ends within a frame, its length included.",
    passes=(
        "Six frames, a frame at a time",
        "The same, byte by byte",
        "The same, all at once",
        "Other frames, over a real connection",
    ),
)
async def takes_no_first_byte_for_the_end(reader):
    out = []
    while True:
        try:
            head = await reader.readexactly(4)
            out.append(await reader.readexactly(int.from_bytes(head, "big")))
        except asyncio.IncompleteReadError as e:
            if e.partial:
                raise
            return out


# --- 9.2 ---

CANCELS = "Cancelled while it waits, it ends"


async def events_of(session, last_id):
    """Yield (id, data) of each whole event on one connection."""
    headers = {"Last-Event-ID": last_id} if last_id else {}
    async with session.get("/events", headers=headers) as response:
        id, data = None, []
        while line := (await response.content.readline()).decode():
            line = line.rstrip("\r\n")
            if not line:
                if data:
                    yield id, "\n".join(data)
                data = []
            elif line.startswith("id:"):
                id = line[3:].strip()
            elif line.startswith("data:"):
                data.append(line[5:].removeprefix(" "))


@right("9.2")
async def a_generator_for_each_connection(session, count):
    events, last_id = [], None
    while len(events) < count:
        connection = events_of(session, last_id)
        try:
            async for id, data in connection:
                events.append(data)
                last_id = id
                if len(events) == count:
                    break
        except aiohttp.ClientPayloadError:
            pass
        finally:
            await connection.aclose()
    return events


@right("9.2")
async def splits_at_empty_lines(session, count):
    events, last_id = {}, "0"
    while len(events) < count:
        buffer = b""
        try:
            async with session.get("/events", headers={"Last-Event-ID": last_id}) as response:
                async for piece in response.content.iter_any():
                    buffer += piece
                    *whole, buffer = buffer.split(b"\n\n")
                    for block in whole:
                        lines = block.decode().split("\n")
                        data = [line[6:] for line in lines if line.startswith("data: ")]
                        if data:
                            last_id = next(line[4:] for line in lines if line.startswith("id: "))
                            events[int(last_id)] = "\n".join(data)
                    if len(events) == count:
                        break
        except aiohttp.ClientError:
            await asyncio.sleep(0.01)
    return [events[id] for id in sorted(events)]


@wrong("9.2", "Come back within a second.")
async def comes_back_late(session, count):
    events, last_id = [], ""
    while len(events) < count:
        data, id = [], ""
        try:
            async with session.get("/events", headers={"Last-Event-ID": last_id} if last_id else {}) as response:
                async for raw in response.content:
                    line = raw.decode().rstrip("\n")
                    if line.startswith("id:"):
                        id = line[3:].strip()
                    elif line.startswith("data:"):
                        data.append(line[5:].removeprefix(" "))
                    elif not line and data:
                        events.append("\n".join(data))
                        last_id, data = id, []
                        if len(events) == count:
                            return events
        except aiohttp.ClientError:
            pass
        await asyncio.sleep(3)
    return events


@wrong("9.2", "Connect again when the stream ends or breaks off.")
async def one_connection(session, count):
    events = []
    try:
        async for _, data in events_of(session, None):
            events.append(data)
    except aiohttp.ClientError:
        pass
    return events


@wrong("9.2", "Catch `aiohttp.ClientError` around the request, and connect again.")
async def gives_up_when_it_breaks(session, count):
    events, last_id = [], None
    while len(events) < count:
        async for id, data in events_of(session, last_id):
            events.append(data)
            last_id = id
    return events


@wrong("9.2", "Send the header `Last-Event-ID` when you come back.", passes=(CANCELS,))
async def without_the_header(session, count):
    events = []
    while len(events) < count:
        try:
            async for _, data in events_of(session, None):
                events.append(data)
                if len(events) == count:
                    return events
        except aiohttp.ClientError:
            pass
    return events


@wrong("9.2", "Use the library's `session.get`.")
async def looks_for_http_in_asyncio(session, count):
    response = await asyncio.http_get("/events", headers={"Last-Event-ID": "0"})
    return [event.data for event in response.events][:count]


async def lines_of(session, count, *, id_at_once=False, keeps_the_rest=False, each_line=False):
    events, last_id, data = [], "", []
    while len(events) < count:
        if not keeps_the_rest:
            data = []
        id = ""
        try:
            async with session.get("/events", headers={"Last-Event-ID": last_id}) as response:
                async for raw in response.content:
                    line = raw.decode().rstrip("\n")
                    if line.startswith("id: "):
                        id = line[4:]
                        last_id = id if id_at_once else last_id
                    elif line.startswith("data: ") and each_line:
                        events.append(line[6:])
                        last_id = id
                    elif line.startswith("data: "):
                        data.append(line[6:])
                    elif not line and data:
                        events.append("\n".join(data))
                        last_id, data = id, []
                    if len(events) == count:
                        break
        except aiohttp.ClientError:
            await asyncio.sleep(0.02)
    return events


@wrong("9.2", "Send the id of the last event that you have, as the server sent it.", passes=(CANCELS,))
async def one_id_behind(session, count):
    events, last_id = [], 0
    while len(events) < count:
        try:
            async for id, data in events_of(session, str(last_id)):
                events.append(data)
                last_id = int(id) - 1
                if len(events) == count:
                    break
        except aiohttp.ClientError:
            pass
    return events


@wrong("9.2", "Take an id as yours only when the event is whole: at the empty line.", passes=(CANCELS,))
async def takes_the_id_at_once(session, count):
    return await lines_of(session, count, id_at_once=True)


@wrong("9.2", "Throw away what came of an event that broke off.", passes=(CANCELS,))
async def keeps_half_an_event(session, count):
    return await lines_of(session, count, keeps_the_rest=True)


@wrong("9.2", "Throw away what came of an event that broke off.", passes=(CANCELS,))
async def keeps_half_an_event_and_begins_again(session, count):
    events, data = [], []
    while True:
        try:
            async with session.get("/events") as response:
                async for raw in response.content:
                    line = raw.decode().rstrip("\n")
                    if line.startswith("data:"):
                        data.append(line[5:].strip())
                    elif line == "" and data:
                        events.append("\n".join(data))
                        data = []
                        if len(events) == count:
                            return events
        except aiohttp.ClientError:
            pass


@wrong("9.2", "Wait for the empty line: only then is an event whole.", passes=(CANCELS,))
async def each_line_is_an_event(session, count):
    return await lines_of(session, count, each_line=True)


@wrong("9.2", "Read lines, `async for line in response.content`, and keep what comes after `data: `.")
async def each_piece_is_an_event(session, count):
    events = []
    try:
        async with session.get("/events") as response:
            async for piece in response.content.iter_any():
                events.append(piece.decode())
    except aiohttp.ClientError:
        pass
    return events[:count]


@wrong("9.2", "Return as soon as you have `count` events.")
async def listens_for_ever(session, count):
    events, last_id = [], None
    while len(events) < count:
        try:
            async for id, data in events_of(session, last_id):
                last_id = id
                events.append(data)
        except aiohttp.ClientError:
            pass
    return events


@right("9.2")
async def waits_a_second_before_it_comes_back(session, count):
    events, last_id = [], None
    while len(events) < count:
        if last_id is not None:
            await asyncio.sleep(1)
        try:
            async with contextlib.aclosing(events_of(session, last_id)) as connection:
                async for id, data in connection:
                    events.append(data)
                    last_id = id
                    if len(events) == count:
                        break
        except aiohttp.ClientError:
            pass
    return events


@wrong("9.2", "Wait for the empty line: only then is an event whole.", passes=(CANCELS,))
async def unfinished_event_at_the_end(session, count):
    events, last_id = [], "0"
    while len(events) < count:
        id, data = None, []
        try:
            async with session.get("/events", headers={"Last-Event-ID": last_id}) as response:
                async for raw in response.content:
                    line = raw.decode().rstrip("\n")
                    if line.startswith("id: "):
                        id = line[4:]
                    elif line.startswith("data: "):
                        data.append(line[6:])
                    elif not line and data:
                        events.append("\n".join(data))
                        last_id, data = id, []
                        if len(events) == count:
                            return events
        except aiohttp.ClientError:
            pass
        if data:
            events.append("\n".join(data))
            last_id = id
    return events


@wrong("9.2", "Send the id of the last event that you have, as the server sent it.", passes=(CANCELS,))
async def number_of_events_as_id(session, count):
    events = []
    while len(events) < count:
        try:
            async for _, data in events_of(session, str(len(events))):
                events.append(data)
                if len(events) == count:
                    break
        except aiohttp.ClientError:
            await asyncio.sleep(0.02)
    return events


@wrong("9.2", "Split a line at its first colon only.", passes=(CANCELS,))
async def split_at_each_colon(session, count):
    events, last_id = [], "0"
    while len(events) < count:
        data = []
        try:
            async with session.get("/events", headers={"Last-Event-ID": last_id}) as response:
                async for line in response.content:
                    name, *values = line.decode().rstrip("\n").split(": ")
                    if name == "id":
                        id = values[0]
                    elif name == "data":
                        data.append(values[0])
                    elif not name and data:
                        events.append("\n".join(data))
                        last_id, data = id, []
                    if len(events) == count:
                        break
        except aiohttp.ClientError:
            await asyncio.sleep(0.02)
    return events


@wrong("9.2", "Keep a line of data as it is, but for the one space after `data:`.", passes=(CANCELS,))
async def strips_the_data(session, count):
    events, last_id = [], "0"
    while len(events) < count:
        data = []
        try:
            async with session.get("/events", headers={"Last-Event-ID": last_id}) as response:
                async for raw in response.content:
                    line = raw.decode().strip()
                    if line.startswith("id:"):
                        id = line[3:].strip()
                    elif line.startswith("data:"):
                        data.append(line[5:].strip())
                    elif not line and data:
                        events.append("\n".join(data))
                        last_id, data = id, []
                    if len(events) == count:
                        break
        except aiohttp.ClientError:
            await asyncio.sleep(0.02)
    return events


@wrong("9.2", "Tell events apart by their ids, not by their data.", passes=(CANCELS,))
async def duplicates_removed_by_text(session, count):
    events, last_id, seen = [], None, 0
    while seen < count:
        try:
            async for id, data in events_of(session, last_id):
                seen += 1
                last_id = id
                if data not in events:
                    events.append(data)
                if seen == count:
                    break
        except aiohttp.ClientError:
            await asyncio.sleep(0.02)
    return events


@wrong("9.2", "Send the header `Last-Event-ID` when you come back.")
async def whole_body(session, count):
    events, last_id = [], ""
    while len(events) < count:
        try:
            async with session.get("/events", headers={"Last-Event-ID": last_id} if last_id else {}) as response:
                text = await response.text()
        except aiohttp.ClientError:
            continue
        for block in text.split("\n\n")[:-1]:
            lines = block.split("\n")
            if data := [line[6:] for line in lines if line.startswith("data: ")]:
                events.append("\n".join(data))
                last_id = next(line[4:] for line in lines if line.startswith("id: "))
    return events[:count]


@wrong(
    "9.2",
    "Close the response when you have enough: `async with session.get(…)` does it.",
    passes=(
        "8 events, each once, in order, though the stream breaks in the middle of one",
        "Another stream, that ends in the middle of an event: 5 events",
        CANCELS,
    ),
)
async def responses_left_open(session, count):
    events, last_id, kept = [], "0", []
    while len(events) < count:
        data = []
        try:
            response = await session.get("/events", headers={"Last-Event-ID": last_id})
            kept.append(response)
            async for raw in response.content:
                line = raw.decode().rstrip("\n")
                if line.startswith("id: "):
                    id = line[4:]
                elif line.startswith("data: "):
                    data.append(line[6:])
                elif not line and data:
                    events.append("\n".join(data))
                    last_id, data = id, []
                    if len(events) == count:
                        session.kept = kept
                        return events
        except aiohttp.ClientError:
            pass
    return events


@wrong(
    "9.2",
    "Let CancelledError out: catch `aiohttp.ClientError`, and not everything.",
    passes=(
        "8 events, each once, in order, though the stream breaks in the middle of one",
        "Another stream, that ends in the middle of an event: 5 events",
        "When it has enough, it closes the connection",
    ),
)
async def catches_everything(session, count):
    events, last_id = [], None
    while len(events) < count:
        try:
            async for id, data in events_of(session, last_id):
                events.append(data)
                last_id = id
                if len(events) == count:
                    break
        except:  # noqa: E722
            await asyncio.sleep(0.01)
    return events


@wrong("9.2", "Connect again when the stream ends or breaks off.")
async def made_up(session, count):
    return ["one"] * count


# --- 9.3 ---

SERVES = "It announces a free port, and answers line after line until it is told to stop"
DOOR = "No new client after the stop"
LETS_GO = "A client that waits for no answer is let go at once"
FINISHES = "An answer in flight arrives, however long it takes"
SURVIVES = "A client that has left costs the others nothing"
RETURNS = "In the end it returns, and every connection is closed"


@right("9.3")
async def a_group_of_talks(work, stop, announce):
    idle = set()

    async def talk(reader, writer):
        while not stop.is_set():
            idle.add(writer)
            line = await reader.readline()
            idle.discard(writer)
            if not line:
                break
            writer.write(await work(line))
            await writer.drain()
        writer.close()

    async with asyncio.TaskGroup() as group:
        server = await asyncio.start_server(lambda r, w: (group.create_task(talk(r, w)), None)[1], "127.0.0.1", 0)
        announce(server.sockets[0].getsockname()[1])
        await stop.wait()
        server.close()
        for writer in idle:
            writer.close()


@right("9.3")
async def each_talk_looks_at_the_stop(work, stop, announce):
    talks = set()

    async def talk(reader, writer):
        talks.add(asyncio.current_task())
        stopped = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                reading = asyncio.create_task(reader.readline())
                await asyncio.wait([reading, stopped], return_when=asyncio.FIRST_COMPLETED)
                if not reading.done():
                    reading.cancel()
                    break
                if not (line := reading.result()):
                    break
                writer.write(await work(line))
                await writer.drain()
        finally:
            stopped.cancel()
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    announce(server.sockets[0].getsockname()[1])
    await stop.wait()
    server.close()
    await asyncio.gather(*talks)


@right("9.3")
async def cancels_those_who_read(work, stop, announce):
    reading, talks = set(), set()

    async def talk(reader, writer):
        me = asyncio.current_task()
        talks.add(me)
        try:
            while not stop.is_set():
                reading.add(me)
                line = await reader.readline()
                reading.discard(me)
                if not line:
                    break
                writer.write(await work(line))
                await writer.drain()
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    announce(server.sockets[0].getsockname()[1])
    await stop.wait()
    server.close()
    for task in reading:
        task.cancel()
    await asyncio.gather(*talks, return_exceptions=True)


async def until_the_client_goes(reader, writer, work):
    while line := await reader.readline():
        writer.write(await work(line))
        await writer.drain()
    writer.close()


async def started(work, announce, talk=until_the_client_goes):
    writers, talks = set(), set()

    async def welcome(reader, writer):
        writers.add(writer)
        talks.add(asyncio.current_task())
        await talk(reader, writer, work)

    server = await asyncio.start_server(welcome, "127.0.0.1", 0)
    announce(server.sockets[0].getsockname()[1])
    return server, writers, talks


@wrong(
    "9.3",
    "Close the connections of the clients that wait for nothing, as soon as `stop` is set.",
    passes=(SERVES, DOOR, SURVIVES),
)
async def closes_the_door_only(work, stop, announce):
    server, _, _ = await started(work, announce)
    async with server:
        await stop.wait()


@wrong(
    "9.3",
    "Let an answer that is in flight be finished and sent, then close that connection.",
    passes=(
        SERVES,
        DOOR,
        LETS_GO,
        SURVIVES,
    ),
)
async def closes_everything(work, stop, announce):
    server, writers, talks = await started(work, announce)
    await stop.wait()
    server.close()
    for writer in writers:
        writer.close()
    await asyncio.gather(*talks, return_exceptions=True)


@wrong(
    "9.3",
    "Let an answer that is in flight be finished and sent, then close that connection.",
    passes=(
        SERVES,
        DOOR,
        LETS_GO,
        SURVIVES,
    ),
)
async def cancels_everything(work, stop, announce):
    async def talk(reader, writer, work):
        try:
            await until_the_client_goes(reader, writer, work)
        finally:
            writer.close()

    server, _, talks = await started(work, announce, talk)
    await stop.wait()
    server.close()
    for task in talks:
        task.cancel()
    await asyncio.gather(*talks, return_exceptions=True)


@wrong("9.3", "Stop listening as soon as `stop` is set.", passes=())
async def serves_for_ever(work, stop, announce):
    server, _, _ = await started(work, announce)
    await server.serve_forever()


@wrong(
    "9.3",
    "Stop listening as soon as `stop` is set.",
    passes=(SERVES, SURVIVES),
)
async def waits_for_the_clients_with_the_door_open(work, stop, announce):
    server, _, talks = await started(work, announce)
    await stop.wait()
    await asyncio.gather(*talks)
    server.close()


@wrong(
    "9.3",
    "Close the connections of the clients that wait for nothing, as soon as `stop` is set.",
    passes=(SERVES, DOOR, SURVIVES),
)
async def gives_them_a_moment(work, stop, announce):
    server, writers, _ = await started(work, announce)
    await stop.wait()
    server.close()
    await asyncio.sleep(0.8)
    for writer in writers:
        writer.close()


@wrong(
    "9.3",
    "Close the connections of the clients that wait for nothing, as soon as `stop` is set.",
    passes=(SERVES, DOOR, SURVIVES),
)
async def waits_for_every_client_to_go(work, stop, announce):
    server, _, talks = await started(work, announce)
    await stop.wait()
    server.close()
    await asyncio.gather(*talks)


@wrong(
    "9.3",
    "Wait for the answers in flight before you return.",
    passes=(
        SERVES,
        DOOR,
        LETS_GO,
        SURVIVES,
    ),
)
async def returns_at_once(work, stop, announce):
    idle = set()

    async def talk(reader, writer, work):
        while not stop.is_set():
            idle.add(writer)
            line = await reader.readline()
            idle.discard(writer)
            if not line:
                break
            writer.write(await work(line))
            await writer.drain()
        writer.close()

    server, _, _ = await started(work, announce, talk)
    await stop.wait()
    server.close()
    for writer in idle:
        writer.close()


@wrong(
    "9.3",
    "Close a connection after its last answer.",
    passes=(
        SERVES,
        DOOR,
        LETS_GO,
        FINISHES,
        SURVIVES,
    ),
)
async def leaves_the_last_one_open(work, stop, announce):
    idle, talks = set(), set()

    async def talk(reader, writer):
        talks.add(asyncio.current_task())
        while True:
            idle.add(writer)
            line = await reader.readline()
            idle.discard(writer)
            if not line:
                break
            writer.write(await work(line))
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    announce(server.sockets[0].getsockname()[1])
    await stop.wait()
    server.close()
    for writer in list(idle):
        writer.close()
    await asyncio.gather(*talks)


@wrong("9.3", "Call `announce(port)` once the server listens.")
async def announces_nothing(work, stop, announce):
    server, _, _ = await started(work, lambda port: None)
    server.close()


@wrong("9.3", "Answer each line with `await work(line)`, for as long as the client stays.")
async def serves_one_line_a_client(work, stop, announce):
    async def talk(reader, writer, work):
        writer.write(await work((await reader.readline()).strip()))
        writer.close()

    server, _, _ = await started(work, announce, talk)
    await stop.wait()
    server.close()


@wrong("9.3", "Let the system choose a free port: port 0.")
async def fixed_port(work, stop, announce):
    idle = set()

    async def talk(reader, writer):
        while not stop.is_set():
            idle.add(writer)
            line = await reader.readline()
            idle.discard(writer)
            if not line:
                break
            writer.write(await work(line))
        writer.close()

    async with asyncio.TaskGroup() as group:

        def welcome(reader, writer):
            group.create_task(talk(reader, writer))

        server = await asyncio.start_server(welcome, "127.0.0.1", 18_888, reuse_port=True)
        announce(18_888)
        await stop.wait()
        server.close()
        for writer in idle:
            writer.close()


@wrong("9.3", "Announce the port alone, a number.")
async def announces_the_address(work, stop, announce):
    server, _, _ = await started(work, lambda port: announce(("127.0.0.1", port)))
    async with server:
        await stop.wait()


@wrong("9.3", "Announce the port once you listen.")
async def announces_too_early(work, stop, announce):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    announce(port)
    await asyncio.sleep(0.3)
    server = await asyncio.start_server(lambda r, w: until_the_client_goes(r, w, work), "127.0.0.1", port)
    async with server:
        await stop.wait()


@wrong("9.3", "Call `announce(port)` once the server listens.")
async def never_announces(work, stop, announce):
    server, _, _ = await started(work, lambda port: None)
    async with server:
        await stop.wait()


@wrong("9.3", "Answer each line with `await work(line)`, for as long as the client stays.")
async def first_line_only(work, stop, announce):
    async def talk(reader, writer, work):
        writer.write(await work(await reader.readline()))
        await writer.drain()
        writer.close()

    server, _, talks = await started(work, announce, talk)
    await stop.wait()
    server.close()
    await asyncio.gather(*talks)


@wrong(
    "9.3",
    "Let an answer that is in flight be finished and sent, then close that connection.",
    passes=(
        SERVES,
        DOOR,
        LETS_GO,
        SURVIVES,
    ),
)
async def fixed_grace(work, stop, announce):
    idle, talks = set(), set()

    async def talk(reader, writer):
        talks.add(asyncio.current_task())
        while not stop.is_set():
            idle.add(writer)
            line = await reader.readline()
            idle.discard(writer)
            if not line:
                break
            writer.write(await work(line))
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    announce(server.sockets[0].getsockname()[1])
    await stop.wait()
    server.close()
    for writer in list(idle):
        writer.close()
    await asyncio.sleep(0.1)
    for task in talks:
        task.cancel()


@wrong(
    "9.3",
    "Send all of an answer before you end its connection.",
    passes=(
        SERVES,
        DOOR,
        LETS_GO,
        SURVIVES,
    ),
)
async def aborts_after_the_answer(work, stop, announce):
    idle, talks = set(), set()

    async def talk(reader, writer):
        talks.add(asyncio.current_task())
        while not stop.is_set():
            idle.add(writer)
            line = await reader.readline()
            idle.discard(writer)
            if not line:
                break
            writer.write(await work(line))
            await asyncio.sleep(0)
        writer.transport.abort()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    announce(server.sockets[0].getsockname()[1])
    await stop.wait()
    server.close()
    for writer in list(idle):
        writer.close()
    await asyncio.gather(*talks)

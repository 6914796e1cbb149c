"""A record as a file: a page that replays it, a picture, or a trace that other tools open."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .lanes import Lane
from .live.replay import Replay
from .longest import Longest
from .picture import Picture
from .record import Record
from .scene import WORK

KINDS = (".html", ".png", ".svg", ".json")


def save(record: Record, path: str | Path, *, speed: float = 0.1) -> Path:
    """Store a record in a file, of the kind that its name says, and return where.

    Args:
        path: ends with ".html" (a page that replays it and needs nothing else), ".png" or ".svg" (the picture), or
            ".json" (a trace in Chrome's format: open it at https://ui.perfetto.dev).
        speed: how fast the page replays it, as a share of the speed it had.

    Raises:
        ValueError: when the name ends otherwise, or unless 0 < speed <= 10.
    """
    where = Path(path)
    kind = where.suffix.lower()
    if kind == ".html":
        Replay(record, speed=speed).save(where)
    elif kind == ".json":
        where.write_text(json.dumps(trace_of(record), separators=(",", ":")), encoding="utf-8")
    elif kind in KINDS:
        Picture((record,)).save(where)
    else:
        raise ValueError(
            f"path ends with one of {', '.join(KINDS)}, such as {where.with_suffix('.html')!s}; got {path!r}"
        )
    return where


def trace_of(record: Record) -> dict[str, Any]:
    """Return the record in Chrome's trace event format (JSON object format), times in microseconds.

    Each lane is a thread of one process; a segment is a complete event ("X"), a number that changes a counter ("C").
    """
    return {
        "traceEvents": list(_events(record)),
        "displayTimeUnit": "ms",
        "otherData": {"title": record.title, "facts": _facts(record), "longest": Longest(record).data()},
    }


def _facts(record: Record) -> str:
    return Picture((record,)).facts


def _events(record: Record) -> Iterator[dict[str, Any]]:
    yield _about("process_name", 0, {"name": record.title})
    for number, lane in enumerate((*record.lanes, *record.of_loop), start=1):
        yield _about("thread_name", number, {"name": lane.name})
        yield _about("thread_sort_index", number, {"sort_index": number})
        yield from _segments(lane, number)
    for start_s, end_s in record.idle or ():
        yield _counter("loop", start_s, {"busy": 0})
        yield _counter("loop", end_s, {"busy": 1})
    for watch in record.watched:
        if watch.waiting:
            for (time_s, count), waiting in zip(watch.steps, watch.waiting, strict=True):
                yield _counter(f"{watch.measure} {watch.name}", time_s, {"level": count, "waiting": waiting})
            continue
        for time_s, count in watch.steps:
            yield _counter(f"in flight at {watch.name}", time_s, {"requests": count})


def _about(what: str, thread: int, args: dict[str, Any]) -> dict[str, Any]:
    return {"ph": "M", "name": what, "pid": 1, "tid": thread, "ts": 0, "args": args}


def _counter(name: str, time_s: float, args: dict[str, Any]) -> dict[str, Any]:
    return {"ph": "C", "name": name, "pid": 1, "tid": 0, "ts": _us(time_s), "args": args}


def _segments(lane: Lane, number: int) -> Iterator[dict[str, Any]]:
    for start_s, end_s, state in lane.segments:
        kind = "work" if state in WORK else "wait"
        times = {"ts": _us(start_s), "dur": _us(end_s - start_s)}
        yield {"ph": "X", "name": state.value, "cat": kind, "pid": 1, "tid": number, **times}
    for blocking in lane.blockings:
        args = {"who": blocking.lane, "ms": round(blocking.length_s * 1e3, 3), "where": blocking.place}
        yield {"ph": "i", "s": "t", "name": "blocked the loop", "pid": 1, "tid": number} | {
            "ts": _us(blocking.start_s),
            "args": args,
        }
    ending = {"ending": lane.ending.value, "error": lane.error}
    yield {"ph": "i", "s": "t", "name": "end", "pid": 1, "tid": number, "ts": _us(lane.ended_s), "args": ending}


def _us(seconds: float) -> float:
    return round(seconds * 1e6, 3)

"""The facts of a block in a few short sentences: the text under a picture, and its alternative text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from .lanes import Hold
from .record import Limit, Record, Watch
from .states import Ending


def duration(seconds: float) -> str:
    """Return a time as people say it: "12 µs", "4.2 ms", "105 ms", "2.07 s"."""
    if seconds < 0.001:
        return f"{seconds * 1e6:.0f} µs"
    if seconds < 0.01:
        return f"{seconds * 1e3:.1f} ms"
    if seconds < 0.9995:
        return f"{seconds * 1e3:.0f} ms"
    return f"{seconds:.2f} s"


def facts(record: Record) -> str:
    """Say what a picture of the record shows, in sentences that read well aloud."""
    sentences = [f"{record.title}: {duration(record.makespan_s)}."]
    sentences += _lanes(record)
    if record.busy_share is not None:
        sentences.append(f"The loop was busy {record.busy_share * 100:.0f} % of the time.")
    sentences += _holds(record.holds)
    sentences += [_watched(watch) for watch in record.watched]
    if record.limit is not None:
        sentences.append(_against(record.limit, record.makespan_s))
    return " ".join(sentences)


def _lanes(record: Record) -> list[str]:
    lanes = [lane for lane in record.lanes if lane.kind != "body"]
    if not lanes:
        return []
    noun = "task" if all(lane.kind == "task" for lane in lanes) else "lane"
    count = f"{len(lanes)} {noun}{'' if len(lanes) == 1 else 's'}"
    sentences = [f"{count}, at most {record.peak_in_flight} under way at once."]
    endings = Counter(lane.ending for lane in lanes)
    unusual = [f"{endings[ending]} {ending}" for ending in Ending if ending is not Ending.DONE and endings[ending]]
    if unusual and not record.cut:  # how they end lies after the beginning
        sentences.append(f"{', '.join([f'{endings[Ending.DONE]} done', *unusual])}.")
    return sentences


def _holds(holds: Sequence[Hold]) -> list[str]:
    if not holds:
        return []
    longest = max(holds, key=lambda hold: hold.length_s)
    times = "once" if len(holds) == 1 else f"{len(holds)} times"
    worst = "for" if len(holds) == 1 else "the longest for"
    return [f"The loop was held {times}, {worst} {duration(longest.length_s)} by {longest.lane}."]


def _watched(watch: Watch) -> str:
    if watch.trouble is not None:
        return f"{watch.name} did not say what it saw ({watch.trouble})."
    return f"{watch.name} had at most {watch.peak_in_flight} in hand at once."


def _against(limit: Limit, makespan_s: float) -> str:
    return f"{_limit(limit)}: it took {makespan_s / limit.limit_s:.2f}× as long."


def _limit(limit: Limit) -> str:
    name = f"The {limit.label}" if limit.label.startswith("limit") else f"The limit {limit.label}"
    return f"{name} is {duration(limit.limit_s)}"


def comparison(records: Sequence[Record], limit: Limit | None = None, *, ratio: bool = True) -> str:
    """Say how long each of several blocks took, and (unless without `ratio`) how it compares with the first."""
    first = records[0]
    sentences = [f"{first.title}: {duration(first.makespan_s)}."]
    for record in records[1:]:
        times = first.makespan_s / record.makespan_s if record.makespan_s else float("inf")
        compared = f", {times:.1f}× as fast" if ratio else ""
        sentences.append(f"{record.title}: {duration(record.makespan_s)}{compared}.")
    if limit is not None:
        sentences.append(f"{_limit(limit)}.")
    return " ".join(sentences)

"""The facts of a block in a few short sentences, one a line: the text under a picture, and its alternative text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from .lanes import Blocking
from .record import Limit, Missed, Record
from .states import Ending, State, duration
from .watching import Watch


def facts(record: Record) -> str:
    """Say what a picture of the record shows: one fact a line, in sentences that read well aloud."""
    lines = [f"{record.title}: {duration(record.makespan_s)}."]
    lines += _lanes(record)
    if record.busy_share is not None:
        lines.append(f"The loop was busy {record.busy_share * 100:.0f} % of the time.")
    lines += _blockings(record.blockings)
    lines += [_watched(watch) for watch in record.watched]
    if record.limit is not None:
        lines.append(_against(record.limit, record.makespan_s))
    lines += _unknown(record)
    lines += _missed(record.missed)
    return "\n".join(lines)


def _lanes(record: Record) -> list[str]:
    lanes = [lane for lane in record.lanes if lane.kind != "body"]
    if not lanes:
        return []
    noun = "task" if all(lane.kind == "task" for lane in lanes) else "lane"
    count = f"{len(lanes)} {noun}{'' if len(lanes) == 1 else 's'}"
    lines = [f"{count}, at most {record.peak_in_flight} in flight."]
    endings = Counter(lane.ending for lane in lanes)
    unusual = [f"{endings[ending]} {ending}" for ending in Ending if ending is not Ending.DONE and endings[ending]]
    if unusual and not record.cut:  # how they end lies after the beginning
        lines.append(f"{', '.join([f'{endings[Ending.DONE]} done', *unusual])}.")
    return lines


def _blockings(blockings: Sequence[Blocking]) -> list[str]:
    if not blockings:
        return []
    longest = max(blockings, key=lambda blocking: blocking.length_s)
    said = f"{longest.lane} blocked the loop for {duration(longest.length_s)}."
    return [said if len(blockings) == 1 else f"The loop was blocked {len(blockings)} times. The longest: {said}"]


def _unknown(record: Record) -> list[str]:
    """Explain the one reason that explains nothing, where it can be seen."""
    seen_s = record.makespan_s / 100
    for lane in record.lanes[:_LOOKED_AT]:
        if any(state is State.OTHER and end_s - start_s > seen_s for start_s, end_s, state in lane.segments):
            return ['"waiting: other" is a wait for a future, and who will give it a result can\'t be told.']
    return []


_LOOKED_AT = 1000  # lanes


def _missed(missed: Missed) -> list[str]:
    lines = []
    if missed.trouble is not None:
        after = duration(missed.trouble_s)
        lines.append(f"The recorder failed after {after} ({missed.trouble}), and saw nothing from then on.")
    if missed.other_factory:
        lines.append("Another task factory was set meanwhile: tasks that ended in their first step may be missing.")
    if missed.tasks:
        lines.append(f"{missed.tasks} tasks more have no lane: there were too many.")
    if missed.merged:
        lines.append(f"{missed.merged} steps were merged with their neighbours: there were too many.")
    if missed.aims is not None:
        lines.append(f"Whom a wait was for is kept of the first {missed.aims} alone: there were too many.")
    return lines


def _watched(watch: Watch) -> str:
    if watch.trouble is not None:
        return f"{watch.name} did not say what it saw ({watch.trouble})."
    peak, waiting = watch.peak_in_flight, watch.most_waiting
    if watch.kind == "Executor":
        return f"{watch.name} had at most {max(map(sum, _both(watch)), default=0)} in flight."
    said = {
        "Queue": f"{watch.name} had at most {peak} in it",
        "Semaphore": f"{watch.name} had at most {peak} holder{'' if peak == 1 else 's'}",
        "Event": f"{watch.name} was set" if peak else f"{watch.name} was not set",
    }.get(watch.kind, f"{watch.name} was held" if peak else f"{watch.name} was not held")
    if not watch.kind:
        return f"{watch.name} had at most {peak} in flight."
    return f"{said}; {f'at most {waiting}' if waiting else 'nobody'} waited for it."


def _both(watch: Watch) -> Iterator[tuple[int, int]]:
    return ((count, waiting) for (_, count), waiting in zip(watch.steps, watch.waiting, strict=True))


def _against(limit: Limit, makespan_s: float) -> str:
    return f"{_limit(limit)}: it took {makespan_s / limit.limit_s:.2f}× as long."


def _limit(limit: Limit) -> str:
    name = f"The {limit.label}" if limit.label.startswith("limit") else f"The limit {limit.label}"
    return f"{name} is {duration(limit.limit_s)}"


def comparison(records: Sequence[Record], limit: Limit | None = None, *, ratio: bool = True) -> str:
    """Say how long each of several blocks took, and (unless without `ratio`) how it compares with the first."""
    first = records[0]
    lines = [f"{first.title}: {duration(first.makespan_s)}."]
    for record in records[1:]:
        times = first.makespan_s / record.makespan_s if record.makespan_s else float("inf")
        compared = f", {times:.1f}× as fast" if ratio else ""
        lines.append(f"{record.title}: {duration(record.makespan_s)}{compared}.")
    if limit is not None:
        lines.append(f"{_limit(limit)}.")
    return "\n".join(lines)

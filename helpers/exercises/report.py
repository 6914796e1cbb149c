"""A verdict as the learner reads it: text first, then the timeline of their own run."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from IPython.core.getipython import get_ipython
from IPython.display import display

from helpers.exercises._plain import cut
from helpers.exercises._words import clean
from helpers.exercises.exercise import FIRST
from helpers.exercises.grader import Verdict
from helpers.exercises.sections import Place, find, page_of
from helpers.exercises.worker import SHOWN_BYTES
from helpers.timeline import Picture, Record


def text(verdict: Verdict) -> str:
    """Return a verdict as plain text, the same for the same answer: only durations differ.

    What to do comes first, then what was seen, then what it may come from.
    """
    return "\n".join(map(clean, _lines(verdict)))


def _lines(verdict: Verdict) -> Iterator[str]:
    exercise = verdict.exercise
    if not verdict.checked:
        yield f"– {exercise.number} {exercise.title}: can't be checked"
        for finding in verdict.findings:
            yield from (f"  {line}" for line in (finding.seen, finding.advice, finding.belief) if line)
        return
    mark = "✓" if verdict.right else "✗"
    yield f"{mark} {exercise.number} {exercise.title}"
    for label in verdict.passed:
        yield f"  ✓ {label}"
    for finding in verdict.findings:
        yield f"  ✗ {finding.advice}"
        yield f"    Seen: {finding.seen}"
        if finding.belief:
            yield f"    {finding.belief}"
    yield from _printed(verdict)


def _printed(verdict: Verdict) -> Iterator[str]:
    evidence = verdict.evidence
    if evidence is None:
        return
    if evidence.printed_bytes:
        yield "  It printed:"
        yield textwrap.indent(evidence.stdout.rstrip("\n"), "  │ ")
        if evidence.printed_bytes > SHOWN_BYTES:
            yield f"  … {evidence.printed_bytes:,} bytes in all, of which the first {SHOWN_BYTES:,} are shown."
    if errors := evidence.stderr.rstrip("\n"):
        yield "  It wrote to stderr (warnings and logging go there, too):"
        yield textwrap.indent(cut(errors, SHOWN_BYTES), "  ┆ ")


def links(verdict: Verdict) -> list[Place]:
    """Return the places on the pages to go back to."""
    if verdict.right:
        return []
    page = page_of(verdict.exercise.number)
    sections = dict.fromkeys(finding.section or verdict.exercise.section for finding in verdict.findings)
    return list(dict.fromkeys(find(section, page) for section in sections if section))


def record(verdict: Verdict) -> Record | None:
    """Return the timeline to show: of the first run that did not return, otherwise of the one that is advised on."""
    evidence = verdict.evidence
    if evidence is None:
        return None
    runs = (evidence, *evidence.trials.values())
    about = verdict.findings[0].trial if verdict.findings else FIRST
    shown = next((one for one in runs if one.outcome != "returned"), evidence.trials.get(about, evidence))
    return shown.record if shown.record is not None and len(shown.record.lanes) > 0 else None


def show(verdict: Verdict) -> None:
    """Print the text; in a notebook show the links and the timeline under it."""
    print(text(verdict))  # noqa: T201 - a stream is what screen readers and strict comparison read
    if get_ipython() is None:
        return
    if found := links(verdict):
        plain = "Back to: " + ", ".join(place.title for place in found)
        marked = "Back to: " + ", ".join(place.markdown for place in found)
        display({"text/plain": plain, "text/markdown": marked}, raw=True)
    if (seen := record(verdict)) is not None:
        data, metadata = Picture((seen,))._repr_mimebundle_()
        display(data, metadata=metadata, raw=True)
        print(data["text/plain"])  # noqa: T201 - JupyterLab drops a picture's alternative text

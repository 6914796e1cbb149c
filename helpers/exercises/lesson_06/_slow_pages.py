"""What 6.4 says of answers that a slow answer, or a slow source of pages, holds up."""

from __future__ import annotations

from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import expectation
from helpers.exercises.expectations import taken_beside_slow
from helpers.exercises.findings import Finding, Found
from helpers.exercises.lesson_06._crawling import ANOTHER, FEW, FEW_PAGES, NONE, ONE_BY_ONE, OTHER_K, SLOW

SECTION = "workers-seen"


def held_up(evidence: Evidence) -> Finding | None:
    begun = taken_beside_slow(evidence.trials[ANOTHER].journals["other"], SLOW, k=OTHER_K)
    if begun is not None and begun < FEW:
        return Finding(
            "Take the next page as soon as one has been fetched, whichever it is.",
            f"With k = {OTHER_K}, {OTHER_K - 1} of the first {OTHER_K} answers took long. Of the pages that were left, "
            f"{begun} were asked for before the first of the slow answers had come.",
            "A slow answer keeps one place. What waits for it with the other places free holds up the rest.",
            SECTION,
        )
    if (taken := evidence.trials[ONE_BY_ONE].notes.get("waited")) is not None:
        return Finding(
            "Fetch a page when it comes: don't wait for more of them.",
            f"The next page came only when the one before had been fetched. {taken} had come, and were not fetched.",
            "`pages` may come slowly. Whoever collects some of them first leaves places empty meanwhile.",
            SECTION,
        )
    return None


@expectation("The workers wait for a page that comes later")
def waits_for_pages(evidence: Evidence) -> Found:
    run = evidence.trials.get(ONE_BY_ONE)
    if run is None or run.outcome != "never ended":
        return None
    if (fetched := run.notes.get("fetched", 0)) == FEW_PAGES:
        return Finding(
            "Come to an end also where no request is in flight any more when the pages end.",
            f"The {fetched} pages came one by one, and the last had been fetched when they ended. It waited until the "
            "deadline.",
            "What ends it must not need one more answer: it may have come before the end was known.",
            SECTION,
        )
    return Finding(
        "Let the workers go on until the pages have ended: an empty queue is not the end.",
        f"The pages came one by one, with a pause between them. {fetched} of {FEW_PAGES} were fetched, and then "
        "it waited until the deadline.",
        "While the next page is on its way the queue is empty. Tell the workers of the end, with a sentinel for each.",
        SECTION,
    )


@expectation("It ends where there are no pages")
def takes_none(evidence: Evidence) -> Found:
    run = evidence.trials.get(NONE)
    if run is None or run.outcome not in ("raised", "never ended"):
        return None
    error = f"raised {run.exception.type}: {run.exception.message.rstrip('.')}" if run.exception else ""
    return Finding(
        "Return an empty dictionary where there are no pages.",
        f"Without a page, your function {error or 'waited until the deadline'}.",
        "`asyncio.wait` wants at least one task, and `gather` does without." if "ValueError" in error else "",
    )

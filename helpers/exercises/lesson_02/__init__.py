"""The exercises of 02: let others in, callbacks to a coroutine, `except*`, ask once."""

from helpers.exercises.lesson_02 import guide, once, run_all, work_through

EXERCISES = (
    work_through.EXERCISE,
    guide.EXERCISE,
    run_all.EXERCISE,
    once.EXERCISE,
)

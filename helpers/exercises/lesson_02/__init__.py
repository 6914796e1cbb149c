"""The exercises of 02: let others in, callbacks to a coroutine, close it anyway, a paginator, `except*`, ask once."""

from helpers.exercises.lesson_02 import connected, first_in, guide, once, run_all, work_through

EXERCISES = (
    work_through.EXERCISE,
    guide.EXERCISE,
    connected.EXERCISE,
    first_in.EXERCISE,
    run_all.EXERCISE,
    once.EXERCISE,
)

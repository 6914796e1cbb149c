"""The exercises of 02: let others in, callbacks to a coroutine, `except*`, ask once, close it anyway, a paginator."""

from helpers.exercises.lesson_02 import connected, first_in, guide, once, run_all, work_through

EXERCISES = (
    work_through.EXERCISE,
    guide.EXERCISE,
    run_all.EXERCISE,
    once.EXERCISE,
    connected.EXERCISE,
    first_in.EXERCISE,
)

"""The exercises of 07: closed whatever happens, a paginator left early, one failure among many, a clean stop."""

from helpers.exercises.lesson_07 import connected, drain, first_in, run_each

EXERCISES = (
    connected.EXERCISE,
    first_in.EXERCISE,
    run_each.EXERCISE,
    drain.EXERCISE,
)

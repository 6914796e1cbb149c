"""The exercises of 11, whose answers are tests: without luck, without waiting, with failures on demand."""

from helpers.exercises.lesson_11 import tests_population, tests_retried, waits_for_it

EXERCISES = (
    waits_for_it.EXERCISE,
    tests_retried.EXERCISE,
    tests_population.EXERCISE,
)

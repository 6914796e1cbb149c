"""The exercises of 04: a thread, a blocking client, bridges, a front; for another day names, a time limit."""

from helpers.exercises.lesson_04 import bridges, run_all, search, weather_now, weather_of, weather_of_all

EXERCISES = (
    weather_of.EXERCISE,
    weather_of_all.EXERCISE,
    bridges.EXERCISE,
    weather_now.EXERCISE,
    run_all.EXERCISE,
    search.EXERCISE,
)

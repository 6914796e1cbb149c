"""The exercises of 04: a thread, a blocking client, free names, bridges, a time limit, a synchronous front."""

from helpers.exercises.lesson_04 import bridges, run_all, search, weather_now, weather_of, weather_of_all

EXERCISES = (
    weather_of.EXERCISE,
    weather_of_all.EXERCISE,
    run_all.EXERCISE,
    bridges.EXERCISE,
    search.EXERCISE,
    weather_now.EXERCISE,
)

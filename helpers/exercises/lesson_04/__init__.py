"""The exercises of 04: a thread for a call, a blocking client made safe, bridges, a synchronous front."""

from helpers.exercises.lesson_04 import bridges, weather_now, weather_of, weather_of_all

EXERCISES = (weather_of.EXERCISE, weather_of_all.EXERCISE, bridges.EXERCISE, weather_now.EXERCISE)

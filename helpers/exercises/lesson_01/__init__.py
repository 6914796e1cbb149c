"""The exercises of 01: start together, in order, the longest chain."""

from helpers.exercises.lesson_01 import fetch_all, report, three_cities

EXERCISES = (
    three_cities.EXERCISE,
    fetch_all.EXERCISE,
    report.EXERCISE,
)

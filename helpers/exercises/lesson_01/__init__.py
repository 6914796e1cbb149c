"""The exercises of 01: start together, in order, at most k, the longest chain, the knee."""

from helpers.exercises.lesson_01 import fetch_all, fetch_at_most, find_knee, report, three_cities

EXERCISES = (
    three_cities.EXERCISE,
    fetch_all.EXERCISE,
    fetch_at_most.EXERCISE,
    report.EXERCISE,
    find_knee.EXERCISE,
)

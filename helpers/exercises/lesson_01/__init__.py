"""The exercises of 01: start together, in order, the longest chain.

`fetch_at_most` and `find_knee` wait here for page 06, where they are 6.2 and 6.3.
"""

from helpers.exercises.lesson_01 import fetch_all, report, three_cities

EXERCISES = (
    three_cities.EXERCISE,
    fetch_all.EXERCISE,
    report.EXERCISE,
)

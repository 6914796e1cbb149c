"""The milestones of 12: keep, tell, protect, poll, stop."""

from helpers.exercises.lesson_12 import feed, keep

EXERCISES = (keep.EXERCISE, feed.EXERCISE)

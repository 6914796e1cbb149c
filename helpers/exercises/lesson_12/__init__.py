"""The milestones of 12: keep, tell, protect, poll, stop."""

from helpers.exercises.lesson_12 import feed, guard, keep

EXERCISES = (keep.EXERCISE, feed.EXERCISE, guard.EXERCISE)

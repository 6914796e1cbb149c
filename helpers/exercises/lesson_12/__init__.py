"""The milestones of 12: keep, tell, protect, poll, stop."""

from helpers.exercises.lesson_12 import feed, guard, keep, poll, serve

EXERCISES = (keep.EXERCISE, feed.EXERCISE, guard.EXERCISE, poll.EXERCISE, serve.EXERCISE)

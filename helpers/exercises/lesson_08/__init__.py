"""The exercises of 08: free names, a time limit for a thread, messages from a thread, many calls in one."""

from helpers.exercises.lesson_08 import first_messages, in_chunks, run_all, search

EXERCISES = (run_all.EXERCISE, search.EXERCISE, first_messages.EXERCISE, in_chunks.EXERCISE)

"""The exercises of 00: await it; in what order; which one never ran."""

from helpers.exercises.lesson_00 import in_oslo, order, party

EXERCISES = (in_oslo.EXERCISE, order.EXERCISE, party.EXERCISE)

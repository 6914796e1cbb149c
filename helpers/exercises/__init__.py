"""Exercises, graded on how the answer ran and not only on what it returned.

    check("1.2", fetch_all)     run an answer in a process of its own, and say what was seen
    hint("1.2")                 the next hint
    solution("1.2")             the reference solution, and why it is right

An exercise is declared in `lesson_NN.py` (see `exercise` for how); the rest knows nothing of any exercise.
"""

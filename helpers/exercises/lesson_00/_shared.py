"""What the exercises of 00 share: the sections of the lesson that they lead back to."""

COROUTINES = "Your-first-timeline:-one-wait"
TASKS = "Two-waits"

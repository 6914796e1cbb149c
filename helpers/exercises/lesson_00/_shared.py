"""What the exercises of 00 share: the sections of the lesson that they lead back to."""

COROUTINES = "one-wait"
TASKS = "two-waits"

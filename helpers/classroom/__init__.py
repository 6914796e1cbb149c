"""A class: the board of an instructor, and what a learner's notebook tells it. It knows plain data only.

    python -m helpers class                 start a board; it prints an address for learners and one for the instructor
    join("http://192.168.1.7:8765/k7fq")    in a page: from now on the board hears of guesses and checks
    leave()                                 and from now on it does not

Nothing in a page waits for it, and a learner alone never meets it:

    events              what is told: a guess, a measured number, a verdict
    learner, sender     the learner's side: joining, and a thread that sends in the background
    board, screen       the server, and what the instructor sees of it
    guard               what keeps strangers and floods out
    store, tally        what is kept in SQLite, and what is counted from it
    nicknames, serve    names for those who give none; the program
    pages/              the instructor's screen
    hub/                configuration for JupyterHub
"""

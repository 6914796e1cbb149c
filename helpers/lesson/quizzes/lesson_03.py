"""What wakes a loop, whether threads are slower, how busy one thread is, and a server without files."""

from helpers.lesson.quizzes import Option, Question

QUESTIONS = (
    Question(
        "select",
        "On Linux, an event loop waits for 5000 connections. A line comes on three of them. What does the loop do?",
        options=(
            Option(
                "It looks at all 5000, and finds three.",
                "That would be polling. It asks the operating system, which says on which connections something came.",
            ),
            Option(
                "It gets three from `select`, and resumes those tasks.",
                "One call waits for all connections, and returns those that have something to read.",
                right=True,
            ),
            Option(
                "It resumes all 5000; those without a line wait again.",
                "A task is resumed when what it waits for has come. The other tasks notice nothing.",
            ),
        ),
    ),
    Question(
        "threads",
        "A server has 300 clients, a thread for each, and blocking libraries. Somebody wants asyncio, to tell all "
        "clients sooner. What do you say?",
        options=(
            Option(
                "It hardly helps: 300 threads are told within hundredths of a second.",
                "So were the page's thousand threads. What a task saves is memory, and 300 threads take a few MiB.",
                right=True,
            ),
            Option(
                "Yes: threads have to be woken, tasks need not.",
                "A task has to be resumed, too. To wake a thread costs more, but only some tens of microseconds.",
            ),
            Option(
                "Yes: a task for each uses all cores.",
                "All tasks of one event loop run in one thread, on one core at a time.",
            ),
        ),
    ),
    Question(
        "busy",
        "10,000 clients are connected to one event loop. Each sends a message every 10 s, and handling one takes "
        "0.2 ms of processor time. How busy is the thread?",
        options=(
            Option("0.2 %", "That is about what *one hundred* of them need."),
            Option("20 %", "1000 messages a second × 0.0002 s. At 5000 a second it is full.", right=True),
            Option(
                "100 %, it holds too many", "A connection on which nothing comes costs memory and a file, and no time."
            ),
        ),
    ),
    Question(
        "files",
        "Clients connect to your asyncio server without an error, and then nothing comes. Your code raises nothing. "
        "What do you look at first?",
        options=(
            Option(
                "The `try` in the handler, which hides an exception.",
                "Worth a look, too. But for a client that was never accepted no handler is started at all.",
            ),
            Option(
                "The firewall.",
                "A firewall usually keeps them from connecting. These are connected.",
            ),
            Option(
                "The log, for accept(), and the number of open files.",
                "Without files the server can't accept. The operating system has connected the clients all the same, "
                "and asyncio tells only the log.",
                right=True,
            ),
        ),
    ),
)

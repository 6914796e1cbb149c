"""What half a message looks like, whose end `write_eof` is, a refused certificate, what a returning client says."""

from helpers.lesson.quizzes import Option, Question

QUESTIONS = (
    Question(
        "half",
        "The other side closes in the middle of a line. What does `readline` do?",
        code="""\
reader = asyncio.StreamReader()
reader.feed_data(b"transfer 100")
reader.feed_eof()
answer = await reader.readline()""",
        options=(
            Option("It raises IncompleteReadError", "`readuntil` and `readexactly` do. `readline` does not."),
            Option(
                "It returns b'transfer 100'", "Only the missing line end shows that the line is not whole.", right=True
            ),
            Option("It returns b''", "That is what the *next* `readline` returns."),
        ),
    ),
    Question(
        "fed",
        "A parser was fed one frame, cut in two at each place, and was right every time. What do you know?",
        options=(
            Option("That it is right", "Two frames in one piece, or an end within a frame, were not tried."),
            Option("Nothing", "It does not take a read for a message; that is a common mistake."),
            Option(
                "That a single cut does not matter to it, wherever it is",
                "Two cuts may still break it. Feed it byte by byte, several frames at once, and an early end as well.",
                right=True,
            ),
        ),
    ),
    Question(
        "verify",
        "`aiohttp` refuses a certificate that expired an hour ago. What is the repair?",
        options=(
            Option(
                "A new certificate on the server",
                "The check did its work; the server's owner has to renew.",
                right=True,
            ),
            Option(
                "`ssl=False`", "Then it takes *every* certificate, also that of a stranger on the way to the server."
            ),
            Option("`cafile=` with the authority's certificate", "The authority is known already. The date is wrong."),
        ),
    ),
    Question(
        "which id",
        "Event 7 came whole, of event 8 a line had come when the stream broke. Which id do you send?",
        options=(
            Option("8", "Then the server goes on after 8, and you never have the rest of it."),
            Option("7", "What came of 8 is thrown away: the server sends it again, whole.", right=True),
            Option("None: the server knows", "It knows what it has sent. It can't know what has reached you."),
        ),
    ),
)

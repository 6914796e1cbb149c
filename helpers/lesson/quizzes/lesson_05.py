"""What is built in, what a read returns, an end that comes too early, the price of asking, a refused certificate."""

from helpers.lesson.quizzes import Option, Question

QUESTIONS = (
    Question(
        "built in",
        "Of TCP, HTTP, UDP, WebSocket and TLS, how many does asyncio speak without a library?",
        options=(
            Option("2: TCP and UDP", "And TLS: `ssl=` in its connections and servers, with Python's `ssl` module."),
            Option("3: TCP, UDP and TLS", "It moves bytes. What they mean is the business of libraries.", right=True),
            Option("5", "HTTP and WebSocket are not in it. They come from libraries, such as aiohttp."),
        ),
    ),
    Question(
        "reads",
        "A reader is given three pieces of data, and then reads. How many items has the list?",
        code="""\
reader = asyncio.StreamReader()
for piece in (b"one\\n", b"two\\nthr", b"ee\\n"):
    reader.feed_data(piece)
reader.feed_eof()

answer = []
while data := await reader.read(1000):
    answer.append(data)""",
        options=(
            Option("1", "`read` returns all that is there, up to 1000 bytes. The borders are gone.", right=True),
            Option("3, the pieces", "A reader keeps bytes, not pieces. In which pieces they came nobody can tell."),
            Option("3, the lines", "`read` knows nothing of lines. `readline` does, and would give three."),
        ),
    ),
    Question(
        "exactly",
        "The other side sends 4 bytes and closes. What becomes of the wait for 8?",
        code="""\
reader = asyncio.StreamReader()
reader.feed_data(b"1234")
reader.feed_eof()
await reader.readexactly(8)""",
        options=(
            Option("It returns the 4 bytes", "That is what `read(8)` does: up to 8. *Exactly* is exactly."),
            Option("It waits for ever", "It would, if the connection were still open. The end is noticed."),
            Option(
                "IncompleteReadError",
                "8 were asked for, 4 came, and there will be no more. They are in the exception's `partial`.",
                right=True,
            ),
        ),
    ),
    Question(
        "polling",
        "A client asks every 10 s. How many seconds late does it hear of something new, on average?",
        code="""\
late = []
for news_at in range(1, 11):  # a piece of news in each of ten seconds, and the next question at 10.5
    late.append(10.5 - news_at)
answer = sum(late) / len(late)""",
        options=(
            Option(
                "5",
                "Half of the interval: news is as likely to come just after a question as just before one.",
                right=True,
            ),
            Option("10", "That is the worst case: what happens right after a question."),
            Option("0: the server has it", "The server has it at once, but HTTP lets it answer only when it is asked."),
        ),
    ),
    Question(
        "verify",
        "`aiohttp` refuses a certificate that expired an hour ago. What is the repair?",
        options=(
            Option(
                "`ssl=False`",
                "Then it takes *every* certificate, also that of whoever sits between you and the server.",
            ),
            Option(
                "A new certificate on the server",
                "The check did its work. The server's owner has to renew; everybody else would be refused as well.",
                right=True,
            ),
            Option("Try again later", "It will not become younger."),
        ),
    ),
)

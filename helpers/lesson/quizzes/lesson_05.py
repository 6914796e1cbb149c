"""What is built in, what a read returns, an end that comes too early, one that never comes, the price of asking."""

from helpers.lesson.quizzes import Option, Question

QUESTIONS = (
    Question(
        "built in",
        "Of TCP, HTTP, UDP, WebSocket and TLS, how many does asyncio speak without a library?",
        options=(
            Option("2: TCP and UDP", "And TLS: `ssl=` in its connections and servers, with Python's `ssl` module."),
            Option("3: TCP, UDP and TLS", "It moves bytes. What they mean is left to libraries.", right=True),
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
            Option("3, the pieces", "A reader keeps bytes. In which pieces they came can't be told any more."),
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
        "to the end",
        "A whole answer has come, and the connection stays open. What becomes of this wait?",
        code="""\
reader = asyncio.StreamReader()
reader.feed_data(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nhi")
async with asyncio.timeout(1):
    await reader.read()""",
        options=(
            Option("TimeoutError", "`read()` without a number waits for the end of the connection.", right=True),
            Option("It returns the answer", "The reader knows nothing of HTTP. `readexactly(2)` reads the body."),
            Option("IncompleteReadError", "That is what `readexactly` raises when the connection *ends* too early."),
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
            Option("0", "The server knows at once. This client hears of it when it asks next."),
            Option(
                "5",
                "Half of the interval: news is as likely to come just after a question as just before one.",
                right=True,
            ),
            Option("10", "That is the worst case: what happens right after a question."),
        ),
    ),
)

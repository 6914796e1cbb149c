"""The bounds of the service that its command line can set, in one place."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What the service allows, and for how long it waits."""

    # No users, origins, TLS or bound on silent connections here: put a proxy that has them in front, then open it.
    host: str = "127.0.0.1"
    port: int = 8080
    database: str = "measurements.sqlite"
    synchronous: str = "FULL"  # survives a power cut; NORMAL is faster and, in WAL mode, survives the process's death
    upstream: str = ""  # an address that answers GET with {"temperature_c": 6.5}; nothing is polled without it

    body_bytes: int = 4096
    at_once: int = 500  # requests in flight; the next one gets a 503
    answer_s: float = 10.0  # for reading a request, committing it and answering
    waiting: int = 2000  # measurements that wait for the disk
    a_commit: int = 200  # measurements in one commit
    lock_s: float = 1.0  # for another program that has locked the file; a stop may wait for three commits
    # Behind a proxy all clients have its address: let it limit each of them, and raise these two.
    per_s: float = 200.0  # measurements of one address in the long run
    burst: int = 400  # and at once

    followers: int = 2000
    behind: int = 1000  # messages that may wait for one; must be more than `a_commit`, or even a quick one is dropped
    write_s: float = 10.0  # for a follower to take what it is sent, 100 messages or so
    silence_s: float = 15.0  # then a sign of life: it shows which followers have vanished

    poll_every_s: float = 5.0
    poll_s: float = 2.0  # for one answer of the upstream
    longest_pause_s: float = 60.0

    linger_s: float = 0.2  # after the stop: connected clients still get answers, each marked as the last
    grace_s: float = 4.0  # for requests in flight; aiohttp may take twice that, and Docker kills after 10 s

"""TLS as the user of a service sees it: what its certificate is, and how to verify it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from helpers.services.checks import one_of

if TYPE_CHECKING:
    import ssl

Certificate = Literal["valid", "other name", "expired", "unknown"]
"""A certificate for this machine by the services' own authority; or one for other.example, one that expired at the
end of 2020, one by an authority that nobody knows."""


def check_certificate(certificate: object, *, tls: bool) -> Certificate | None:
    """Return which certificate to show; None without TLS.

    Raises:
        TypeError, ValueError: when it is none of the four; when it is not "valid", and there is no TLS.
    """
    one_of("certificate", certificate, get_args(Certificate))
    if not isinstance(tls, bool):
        raise TypeError(f"tls must be True or False, got {tls!r}")
    if not tls and certificate != "valid":
        raise ValueError(f"certificate={certificate!r} needs tls=True")
    return certificate if tls else None  # type: ignore[return-value]  # one_of has seen to it


def client_context(authority: str) -> ssl.SSLContext:
    """Return what a client verifies a service with: the name is checked, and only this authority is trusted."""
    import ssl

    return ssl.create_default_context(cadata=authority)

"""What can go wrong with a service, apart from wrong arguments."""

from __future__ import annotations


class ServiceError(RuntimeError):
    """A service could not do what it was asked; the message says why and what to do."""


class ServiceDied(ServiceError):
    """The process that hosts the services has ended; running the service's cell again starts a new one."""

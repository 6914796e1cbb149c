"""The hub says who is an instructor, and the board lets them in: OAuth, as JupyterHub's services use it."""

from __future__ import annotations

import hmac
import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

STATE_LASTS_S = 600
NEEDED = ("JUPYTERHUB_API_URL", "JUPYTERHUB_API_TOKEN", "JUPYTERHUB_CLIENT_ID", "JUPYTERHUB_SERVICE_PREFIX")


@dataclass(frozen=True)
class Hub:
    """How the board asks its hub; the hub's own words for a service, from the environment."""

    api_url: str
    token: str
    client_id: str
    prefix: str
    base_url: str = "/"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Hub | None:
        """Return it where the board was started by a hub; None elsewhere."""
        if not all(environment.get(name) for name in NEEDED):
            return None
        api_url, token, client_id, prefix = (environment[name] for name in NEEDED)
        return cls(api_url, token, client_id, prefix, environment.get("JUPYTERHUB_BASE_URL", "/"))

    @property
    def callback(self) -> str:
        """The path to which the hub sends an instructor back."""
        return f"{self.prefix.rstrip('/')}/oauth_callback"

    def to_the_hub(self) -> web.HTTPFound:
        """Send somebody to the hub, which asks who they are and whether they may."""
        asked = {
            "client_id": self.client_id,
            "redirect_uri": self.callback,
            "response_type": "code",
            "state": self.state(),
        }
        return web.HTTPFound(f"{self.base_url}hub/api/oauth2/authorize?{urlencode(asked)}")

    async def admits(self, request: web.Request) -> bool:
        """Return whether somebody who comes back from the hub may see the board.

        Raises:
            HTTPBadGateway: when the hub does not answer.
        """
        if not self.is_state(request.query.get("state", "")):
            return False
        asked = {
            "client_id": self.client_id,
            "client_secret": self.token,
            "grant_type": "authorization_code",
            "code": request.query.get("code", ""),
            "redirect_uri": self.callback,
        }
        try:
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
                async with session.post(f"{self.api_url}/oauth2/token", data=asked) as answer:
                    if answer.status != 200:
                        return False
                    token = (await answer.json())["access_token"]
                headers = {"Authorization": f"Bearer {token}"}
                async with session.get(f"{self.api_url}/user", headers=headers) as answer:
                    # The hub gives a token for this service only to those who may access it: its administrators, and
                    # the group of instructors.
                    scopes = (await answer.json()).get("scopes", []) if answer.status == 200 else []
                    return any(scope.startswith("access:services") for scope in scopes)
        except (aiohttp.ClientError, TimeoutError, KeyError, ValueError) as error:
            raise web.HTTPBadGateway(text=f"The hub does not answer: {type(error).__name__}.") from None

    def state(self) -> str:
        """Return a word that only this board can have made, for ten minutes."""
        said = f"{int(time.time())}.{secrets.token_hex(8)}"
        return f"{said}.{self._signed(said)}"

    def is_state(self, state: str) -> bool:
        """Return whether this board made that word, less than ten minutes ago."""
        said, _, signed = state.rpartition(".")
        made_at = said.partition(".")[0]
        if not hmac.compare_digest(signed.encode("utf-8", "replace"), self._signed(said).encode()):
            return False
        return 0 <= time.time() - int(made_at) <= STATE_LASTS_S

    def _signed(self, said: str) -> str:
        return hmac.new(self.token.encode(), said.encode("utf-8", "replace"), sha256).hexdigest()

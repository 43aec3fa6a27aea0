"""Sliders without a pause: the notebook server sends every message at once.

By default the server's socket waits, up to 40 ms, to bundle small messages (Nagle's algorithm); a slider's picture
is one of them. `make lab` asks for this class; on a hub, put this into the server's configuration:

    c.ServerApp.kernel_websocket_connection_class = "ganutils.server.PromptConnection"
"""

from __future__ import annotations

from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection


class PromptConnection(ZMQChannelsWebsocketConnection):
    """Jupyter's own connection between browser and kernel, without the pause."""

    def connect(self) -> Any:
        """Connect as usual, then switch the waiting off."""
        self.websocket_handler.set_nodelay(True)
        return super().connect()

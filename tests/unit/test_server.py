from pathlib import Path
from types import SimpleNamespace

import pytest
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection

from ganutils import server

ROOT = Path(__file__).resolve().parents[2]


def test_waiting_is_switched_off_before_the_usual_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[object] = []
    monkeypatch.setattr(ZMQChannelsWebsocketConnection, "connect", lambda self: calls.append("usual") or "done")
    handler = SimpleNamespace(set_nodelay=calls.append)
    monkeypatch.setattr(server.PromptConnection, "websocket_handler", handler)
    bound = server.PromptConnection.__new__(server.PromptConnection)
    assert bound.connect() == "done"
    assert calls == [True, "usual"]


def test_make_lab_asks_for_it() -> None:
    name = f"{server.__name__}.{server.PromptConnection.__name__}"
    assert f"--ServerApp.kernel_websocket_connection_class={name}" in (ROOT / "Makefile").read_text()

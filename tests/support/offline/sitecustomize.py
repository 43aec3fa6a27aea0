"""Put on PYTHONPATH by the notebook tests: this process may talk to its own machine only."""

import socket

_connect = socket.socket.connect


def _local_only(self, address):  # type: ignore[no-untyped-def]
    if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1", "localhost"):
        raise OSError(f"the network is blocked in this test; {address[0]} was asked for")
    return _connect(self, address)


def _no_lookup(host, *args, **kwargs):  # type: ignore[no-untyped-def]
    if host not in (None, "", "127.0.0.1", "::1", "localhost"):
        raise OSError(f"the network is blocked in this test; {host} was looked up")
    return _getaddrinfo(host, *args, **kwargs)


_getaddrinfo = socket.getaddrinfo
socket.socket.connect = _local_only  # type: ignore[method-assign]
socket.socket.connect_ex = _local_only  # type: ignore[assignment, method-assign]
socket.getaddrinfo = _no_lookup

"""Put on PYTHONPATH by the tests: every process that they start may talk to its own machine only."""

import socket

_HERE = ("127.0.0.1", "::1", "localhost", "", None, b"")


def _local(name):  # type: ignore[no-untyped-def]
    """A method of sockets that takes an address last, for addresses of this machine."""
    original = getattr(socket.socket, name)

    def method(self, *args):  # type: ignore[no-untyped-def]
        address = args[-1]
        if isinstance(address, tuple) and address[0] not in _HERE:
            raise OSError(f"the network is blocked in this test; {address[0]} was asked for")
        return original(self, *args)

    setattr(socket.socket, name, method)


def _known(name):  # type: ignore[no-untyped-def]
    """A look-up, for names of this machine."""
    original = getattr(socket, name)

    def function(host, *args, **kwargs):  # type: ignore[no-untyped-def]
        if host not in (*_HERE, socket.gethostname()):
            raise OSError(f"the network is blocked in this test; {host} was looked up")
        return original(host, *args, **kwargs)

    setattr(socket, name, function)


for _name in ("connect", "connect_ex", "sendto"):
    _local(_name)
for _name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
    _known(_name)

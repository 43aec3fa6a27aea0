import pytest
import torch

from ganutils import runtime


def test_start_seeds_and_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("GANUTILS_PROFILE", raising=False)
    session = runtime.start(seed=3, threads=1)
    first = torch.rand(2)
    runtime.start(seed=3)
    assert torch.equal(first, torch.rand(2))
    assert session.profile == "quick"
    assert session.device == runtime.best_device()
    line = capsys.readouterr().out.splitlines()[0]
    assert line.startswith("profile quick · device ")
    assert "seed 3" in line


def test_an_unknown_profile_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANUTILS_PROFILE", "fast")
    with pytest.raises(ValueError, match="one of quick, class, full"):
        runtime.start()

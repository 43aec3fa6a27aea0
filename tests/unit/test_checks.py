from __future__ import annotations

import pytest
import torch

from ganutils import teaching
from ganutils.teaching import claims

DOUBLE = teaching.Exercise(
    title="double",
    inputs=lambda random: (torch.randn(3, generator=random),),
    reference=lambda x: 2 * x,
    mutants=(teaching.Mutant(lambda x: x**2, "You square."), teaching.Mutant(lambda x: x + 2, "You add 2.")),
    properties=(("The sign must stay.", lambda y, x: bool((y.sign() == x.sign()).all())),),
)


def stub(x):
    return ...


def unfinished(x):
    raise NotImplementedError


def forgot_return(x):
    x * 2


@pytest.mark.parametrize("attempt", [stub, unfinished, forgot_return])
def test_a_stub_is_not_attempted(attempt) -> None:
    verdict = teaching.check(DOUBLE, attempt)
    assert verdict.status == "not attempted"
    assert repr(verdict).startswith("○")


def test_a_right_answer_passes_however_it_is_written() -> None:
    for attempt in (lambda x: x + x, lambda x: torch.stack([2 * v for v in x]), lambda x: (2 * x).tolist() and 2 * x):
        assert teaching.check(DOUBLE, attempt).status == "passed"


def test_a_known_wrong_answer_gets_its_hint() -> None:
    assert "You square." in teaching.check(DOUBLE, lambda x: x * x).message
    assert "You add 2." in teaching.check(DOUBLE, lambda x: x + 2).message


def test_an_unknown_wrong_answer_sees_what_was_expected() -> None:
    message = teaching.check(DOUBLE, lambda x: -x).message
    assert "The sign must stay." in message
    assert "expected" in message


def test_never_raises() -> None:
    assert "ZeroDivisionError" in teaching.check(DOUBLE, lambda x: 1 / 0).message
    assert "TypeError" in teaching.check(DOUBLE, lambda: 1).message
    assert teaching.check(DOUBLE, lambda x: "two").status == "wrong"
    assert teaching.check(DOUBLE, lambda x: torch.zeros(7)).status == "wrong"
    assert teaching.check(DOUBLE, lambda x: x * float("nan")).status == "wrong"


def test_an_attempt_cannot_spoil_the_inputs_or_the_random_stream() -> None:
    torch.manual_seed(0)
    expected = torch.rand(2)
    torch.manual_seed(0)
    assert teaching.check(DOUBLE, lambda x: x.mul_(2)).status == "passed"
    assert torch.equal(torch.rand(2), expected)


def test_hidden_inputs_differ_between_seeds() -> None:
    seen: list[torch.Tensor] = []
    for seed in (0, 1):
        teaching.check(DOUBLE, lambda x: seen.append(x) or 2 * x, seed=seed)
    assert not torch.equal(seen[0], seen[DOUBLE.trials])


def test_verify_prints_and_refuses(capsys: pytest.CaptureFixture[str]) -> None:
    teaching.verify(("pi", 3.14159, 3.141592))
    line = capsys.readouterr().out.splitlines()[1]
    assert line.split() == ["pi", "3.1416", "3.1416", "1e-04", "PASS"]
    for measured in (3.15, float("nan")):
        with pytest.raises(AssertionError, match="Not as claimed: pi"):
            teaching.verify(("pi", 3.14159, measured))
    assert "FAIL" in capsys.readouterr().out


def test_complex_answers_are_judged_and_shown() -> None:
    assert checked(lambda x: 2 * x + 5j * x).status == "wrong", "the real part alone would be right"
    assert "j" in checked(lambda x: 2 * x + 5j * x).message
    assert checked(lambda x: 1j * x.sum()).status == "wrong"
    assert checked(lambda x: complex(1, 2)).status == "wrong"


def checked(attempt) -> teaching.Verdict:
    return teaching.check(DOUBLE, attempt)


def test_a_promise_is_held_or_in_a_dry_run_reported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    teaching.expect(torch.tensor(True), "it learns")
    with pytest.raises(AssertionError, match="Promised and not kept: it learns"):
        teaching.expect(torch.tensor(0.3) > 0.5, "it learns")
    monkeypatch.setattr(claims, "_strict", True)  # put back afterwards
    claims.report_only()
    teaching.expect(False, "it learns")
    assert capsys.readouterr().out == "not kept: it learns\n"

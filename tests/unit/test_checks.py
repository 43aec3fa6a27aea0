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


def printed(x):
    print(2 * x)


@pytest.mark.parametrize("attempt", [stub, unfinished])
def test_a_stub_is_not_attempted(attempt) -> None:
    verdict = teaching.check(DOUBLE, attempt)
    assert verdict.status == "not attempted"
    assert repr(verdict).startswith("○")


@pytest.mark.parametrize("attempt", [forgot_return, printed, lambda x: None])
def test_a_forgotten_return_is_told_as_such(attempt) -> None:
    verdict = teaching.check(DOUBLE, attempt)
    assert verdict.status == "wrong"
    assert "returns nothing: end with `return ...`" in verdict.message


def test_an_answer_that_is_missing_on_some_inputs_only_is_told_so() -> None:
    calls = iter(range(99))
    verdict = teaching.check(DOUBLE, lambda x: None if next(calls) else 2 * x)
    assert "On some inputs it returns nothing" in verdict.message


def test_a_print_is_heard_once(capsys: pytest.CaptureFixture[str]) -> None:
    teaching.check(DOUBLE, printed)
    assert capsys.readouterr().out.count("tensor") == 1


def test_what_torch_does_not_implement_is_an_error_and_no_stub() -> None:
    verdict = teaching.check(DOUBLE, lambda x: (x > 0).mean())
    assert verdict.status == "wrong"
    assert "NotImplementedError" in verdict.message


def test_an_answer_may_come_in_another_container() -> None:
    rows = teaching.Exercise(
        "rows", lambda random: (torch.randn(2, 3, generator=random),), lambda x: (x.sum(1), x.mean(1)), ()
    )
    for attempt in (
        lambda x: [x.sum(1), x.mean(1)],
        lambda x: torch.stack([x.sum(1), x.mean(1)]),
        lambda x: (x.sum(1).numpy(), x.mean(1).numpy()),
    ):
        assert teaching.check(rows, attempt).status == "passed"
    for attempt in (lambda x: (2 * x).tolist(), lambda x: [2 * v for v in x], lambda x: [2 * float(v) for v in x]):
        assert teaching.check(DOUBLE, attempt).status == "passed"
    assert teaching.check(DOUBLE, lambda x: [2 * v for v in x][:2]).status == "wrong"


def test_an_exercise_may_give_its_own_verdict() -> None:
    def run(attempt, x):
        answer = attempt(x)
        return (
            answer if answer is None or answer is ... else teaching.Verdict("wrong" if answer < 3 else "passed", "low")
        )

    def least(x):
        return 3

    ask = teaching.Exercise("ask", lambda random: (1,), least, (teaching.Mutant(lambda x: "x", "No."),), run=run)
    assert teaching.check(ask, least).status == "passed"
    assert teaching.check(ask, lambda x: 2).message == "ask: not yet. low"
    assert teaching.check(ask, stub).status == "not attempted"
    assert "returns nothing" in teaching.check(ask, lambda x: None).message


def test_a_right_answer_passes_however_it_is_written() -> None:
    for attempt in (lambda x: x + x, lambda x: torch.stack([2 * v for v in x]), lambda x: (2 * x).tolist() and 2 * x):
        assert teaching.check(DOUBLE, attempt).status == "passed"


def test_a_known_wrong_answer_gets_its_hint() -> None:
    assert "You square." in teaching.check(DOUBLE, lambda x: x * x).message
    assert "You add 2." in teaching.check(DOUBLE, lambda x: x + 2).message


def test_an_unknown_wrong_answer_sees_what_was_expected() -> None:
    message = teaching.check(DOUBLE, lambda x: x.abs() + x.exp()).message
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


def test_claims_are_not_rounded_to_32_bits() -> None:
    teaching.verify(("a third", 1 / 3, torch.tensor(1 / 3, dtype=torch.float64)), tolerance=1e-12)


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

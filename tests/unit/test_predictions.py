from ganutils import teaching


def test_a_prediction_is_committed_once() -> None:
    guess = teaching.predict("Which?", "a", "b")
    assert guess.commit.disabled, "nothing is chosen yet"
    guess.choice.value = "b"
    assert not guess.commit.disabled
    guess.commit.click()
    assert guess.choice.disabled
    assert guess.commit.disabled
    assert guess.note.value.startswith("Noted: b.")

"""Claims verified beside the formula, promises that a trained model keeps, exercises that answer, predictions."""

from ganutils.teaching.challenges import Challenge, UnplayableError, check
from ganutils.teaching.checks import Exercise, Mutant, Verdict
from ganutils.teaching.claims import expect, verify
from ganutils.teaching.predictions import predict

__all__ = ["Challenge", "Exercise", "Mutant", "UnplayableError", "Verdict", "check", "expect", "predict", "verify"]

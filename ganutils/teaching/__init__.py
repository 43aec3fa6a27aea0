"""Claims verified beside the formula, promises that a trained model keeps, exercises that answer, predictions."""

from ganutils.teaching.checks import Exercise, Mutant, Verdict, check
from ganutils.teaching.claims import expect, verify
from ganutils.teaching.predictions import predict

__all__ = ["Exercise", "Mutant", "Verdict", "check", "expect", "predict", "verify"]

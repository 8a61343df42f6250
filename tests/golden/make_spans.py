#!/usr/bin/python3
"""make_spans.py - losses over starts and ends, and their gradients, as PyTorch has them: golden/spans.json.

    /usr/bin/python3 tests/golden/make_spans.py >tests/golden/spans.json

Three windows of 4, 1 and 3 pieces. The published loss (Devlin et al. 2019) is the mean of two cross-entropies over
the pieces of each window, of the start and of the end; soft losses compare the two distributions of each window.
"""
import json

import torch
import torch.nn.functional as F

torch.manual_seed(7)
BEGIN = [0, 4, 5, 8]
SPANS = [[1, 3], [0, 0], [2, 2]]
T = 1.5
student = (2 * torch.randn(8, 2, dtype=torch.float64)).requires_grad_(True)
teacher = 2 * torch.randn(8, 2, dtype=torch.float64)


def rows(x):
    """Each window's starts, and its ends."""
    return [x[a:b, k] for a, b in zip(BEGIN, BEGIN[1:]) for k in range(2)]


def hard():
    golds = [gold for span in SPANS for gold in span]
    return sum(F.cross_entropy(z[None], torch.tensor([gold])) for z, gold in zip(rows(student), golds)) / len(golds)


def kl():
    pairs = zip(rows(student), rows(teacher))
    return T * T * sum(F.kl_div(F.log_softmax(s / T, 0), F.softmax(t / T, 0), reduction="sum") for s, t in pairs) / 6


def soft_ce():
    pairs = zip(rows(student), rows(teacher))
    return sum(-(F.softmax(t / T, 0) * F.log_softmax(s / T, 0)).sum() for s, t in pairs) / 6


def entropy():
    return sum(-(F.softmax(z, 0) * F.log_softmax(z, 0)).sum() for z in rows(student)) / 6


def figures(loss):
    student.grad = None
    loss.backward()
    return {"loss": loss.item(), "gradient": student.grad.flatten().tolist()}


print(json.dumps({
    "source": "make_spans.py, PyTorch %s, float64" % torch.__version__,
    "begin": BEGIN, "spans": [g for span in SPANS for g in span], "temperature": T,
    "student": student.flatten().tolist(), "teacher": teacher.flatten().tolist(),
    "hard": figures(hard()), "mse": figures(F.mse_loss(student, teacher)), "kl": figures(kl()),
    "soft_ce": figures(soft_ce()), "entropy": figures(entropy()),
}, indent=1))

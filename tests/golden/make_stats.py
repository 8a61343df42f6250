#!/usr/bin/python3
"""Make stats.json, figures that tests of results/ are held to.

    apt-get install python3-scipy python3-mpmath; ./make_stats.py > stats.json

Tests come from scipy; Student's distribution from mpmath with 30 digits (scipy 1.10 has some 10
in its quantile); what scipy only samples (randomisation, signed ranks with ties) is
enumerated here in full.
"""
import itertools
import json
import math

import mpmath
import numpy as np
from scipy import stats

mpmath.mp.dps = 30

SEEDS3 = [0.8121, 0.8163, 0.8109]
SEEDS5 = [0.7742, 0.7786, 0.7668, 0.8004, 0.7951]
OTHER5 = [0.8010, 0.8130, 0.7998, 0.8165, 0.8210]
OFFSET = [1e9 + d for d in (4.0, 7.0, 13.0, 16.0)]
LONG = [round(math.sin(i * 1.7) * (1 + 0.1 * i) + 0.4, 6) for i in range(60)]
TIED = [0.3, -0.1, 0.2, 0.2, -0.2, 0.0, 0.5, 0.1, 0.4, 0.3, 0.0, -0.1]


def t_tail(t, df):
    if t < 0:
        return 1 - t_tail(-t, df)
    x = mpmath.mpf(df) / (df + mpmath.mpf(t) ** 2)
    return mpmath.betainc(mpmath.mpf(df) / 2, 0.5, 0, x, regularized=True) / 2


def t_quantile(p, df):
    if p < 0.5:
        return -t_quantile(1 - mpmath.mpf(p), df)
    if p == 0.5:
        return mpmath.mpf(0)
    start = stats.t.ppf(float(p), df)
    return mpmath.findroot(lambda t: t_tail(t, df) - (1 - mpmath.mpf(p)), start)


def describe(x):
    x = np.array(x)
    mean, se = float(x.mean()), float(stats.sem(x))
    half = float(t_quantile(0.975, len(x) - 1)) * se
    return {"x": x.tolist(), "mean": mean, "sd": float(x.std(ddof=1)), "se": se,
            "low": mean - half, "high": mean + half}


def bootstrap(x, level):
    r = stats.bootstrap((x,), np.mean, confidence_level=level, n_resamples=200000,
                        method="percentile", random_state=7, batch=1000)
    return {"x": x, "level": level,
            "percentile": [float(r.confidence_interval.low), float(r.confidence_interval.high)]}


def welch(a, b):
    r = stats.ttest_ind(a, b, equal_var=False)
    va, vb = np.var(a, ddof=1) / len(a), np.var(b, ddof=1) / len(b)
    df = (va + vb) ** 2 / (va ** 2 / (len(a) - 1) + vb ** 2 / (len(b) - 1))
    d = float(np.mean(a) - np.mean(b))
    half = float(t_quantile(0.975, df)) * math.sqrt(va + vb)
    return {"a": a, "b": b, "t": float(r.statistic), "p": float(r.pvalue), "df": float(df),
            "low": d - half, "high": d + half}


def signed_ranks(d):
    """The p over all signs of the ranks as they are."""
    x = np.array([v for v in d if v != 0])
    ranks = stats.rankdata(np.abs(x))
    plus = float(ranks[x > 0].sum())
    sums = np.array([np.dot(s, ranks) for s in itertools.product((0, 1), repeat=len(x))])
    p = 2 * min(np.mean(sums <= plus), np.mean(sums >= plus))
    return {"x": list(d), "n": len(x), "plus": plus, "p": float(min(1, p))}


def signed_ranks_long(d):
    r = stats.wilcoxon(d, mode="approx", correction=False)
    ranks = stats.rankdata(np.abs(d))
    return {"x": list(d), "n": len(d), "plus": float(ranks[np.array(d) > 0].sum()),
            "p": float(r.pvalue)}


def f1(c):
    tp, predicted, gold = np.sum(c, axis=0)
    return 2 * tp / (predicted + gold) if predicted + gold else 0.0


def randomise(a, b):
    """The p over all 2^n exchanges."""
    seen = abs(f1(a) - f1(b))
    hits = total = 0
    for swap in itertools.product((0, 1), repeat=len(a)):
        x = [q if s else p for p, q, s in zip(a, b, swap)]
        y = [p if s else q for p, q, s in zip(a, b, swap)]
        hits += abs(f1(x) - f1(y)) >= seen - 1e-12
        total += 1
    return {"a": a, "b": b, "difference": f1(a) - f1(b), "p": hits / total}


def holm(p):
    order = sorted(range(len(p)), key=lambda i: p[i])
    out, top = [0.0] * len(p), 0.0
    for k, i in enumerate(order):
        top = max(top, (len(p) - k) * p[i])
        out[i] = min(1.0, top)
    return {"p": p, "adjusted": out}


COUNTS_A = [[2, 3, 3], [1, 1, 2], [0, 1, 1], [3, 3, 3], [1, 2, 1], [0, 0, 1], [2, 2, 2],
            [1, 1, 1], [0, 2, 1], [4, 4, 5], [1, 1, 1], [0, 0, 0]]
COUNTS_B = [[1, 3, 3], [0, 1, 2], [0, 1, 1], [2, 3, 3], [0, 2, 1], [1, 1, 1], [1, 2, 2],
            [0, 1, 1], [0, 3, 1], [3, 4, 5], [1, 1, 1], [0, 1, 0]]

print(json.dumps({
    "describe": [describe(x) for x in (SEEDS3, SEEDS5, OFFSET, LONG)],
    "t_tail": [[t, df, float(t_tail(t, df))] for t in (-1.5, 0.0, 0.01, 1.0, 2.776, 12.7, 40.0)
               for df in (1, 2, 4, 7.31, 30, 400)],
    "t_quantile": [[p, df, float(t_quantile(p, df))] for p in (0.001, 0.3, 0.5, 0.9, 0.975, 0.9995)
                   for df in (1, 2, 4, 7.31, 30, 400)],
    "normal_quantile": [[p, float(stats.norm.ppf(p))] for p in (1e-12, 0.025, 0.5, 0.8, 0.999999)],
    "bootstrap": bootstrap(LONG, 0.95),
    "welch": [welch(SEEDS5, OTHER5), welch(SEEDS3, SEEDS5)],
    "wilcoxon": [signed_ranks([a - b for a, b in zip(SEEDS5, OTHER5)]), signed_ranks(TIED),
                 signed_ranks([0.5, 0.25, 1.0, 2.0, -0.125, 4.0, 8.0])],
    "wilcoxon_long": signed_ranks_long(LONG),
    "randomise": randomise(COUNTS_A, COUNTS_B),
    "holm": [holm([0.01, 0.04, 0.03, 0.005]), holm([0.5, 0.5, 0.9]), holm([0.02])],
}, indent=1))

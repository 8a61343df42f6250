#!/usr/bin/env python3
"""make_reference.py - numbers of small networks from PyTorch, in double precision.

    python3 tests/golden/make_reference.py > tests/golden/networks.json

For each network: logits, loss, the gradient of every weight by name, and the losses and weights
of ten steps of torch.optim.AdamW with clip_grad_norm_. Weights begin as a formula that both sides
compute: element i of the j-th weight is 0.2 sin(0.9 i + 1.3 j + 0.5), plus 1 for a LayerNorm's
weight. Sentences have uneven lengths and are computed one by one, so nothing here is padded.
AdamW's eps is large (1e-3): a key's bias has no gradient but rounding, and a small eps would
turn that rounding into steps.
"""
import json
import math

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
V, P = 11, 8
BEGIN = [0, 5, 6, 9]
IDS = [1, 4, 9, 2, 10, 7, 3, 3, 8]
SEGMENTS = [0, 0, 1, 1, 1, 0, 0, 1, 1]
TAGS = [0, 3, -1, 2, 1, 0, 2, 2, 3]
WORDS = [-1, 5, -1, -1, 7, -1, 0, -1, 10]
CLASSES = [2, 0, 1]
SETS = [[1, 0, 0, 1], [0, 0, 0, 0], [0, 1, 1, 1]]
ENDS = [1, 0, -1, 0, 1, 0, -1, 1, 0]  # any classes will do: two columns a token
MARKS = [1, 4, -1, -1, 2, 0]  # where both mentions of a sentence begin
SMOOTHING = 0.1


def declare(shapes):
    weights = {}
    for j, (name, shape) in enumerate(shapes):
        i = torch.arange(math.prod(shape))
        w = 0.2 * torch.sin(0.9 * i + 1.3 * j + 0.5)
        if name.endswith("LayerNorm.weight"):
            w = w + 1
        weights[name] = w.to(torch.float32).to(torch.float64).reshape(shape).requires_grad_()
    return weights


def linear(name, i, o):
    return [(name + ".weight", (o, i)), (name + ".bias", (o,))]


def norm(name, d):
    return [(name + ".weight", (d,)), (name + ".bias", (d,))]


def block(name, d, segments):
    tables = [("word", V), ("position", P)] + ([("token_type", segments)] if segments else [])
    return [(f"{name}.{t}_embeddings.weight", (n, d)) for t, n in tables] + norm(name + ".LayerNorm", d)


def head(d, k, mlp):
    if not mlp:
        return linear("classifier", d, k)
    return linear("classifier.dense", d, mlp) + linear("classifier.out_proj", mlp, k)


def apply_linear(w, name, x):
    return x @ w[name + ".weight"].T + w[name + ".bias"]


def apply_norm(w, name, x, eps=1e-12):
    return F.layer_norm(x, x.shape[-1:], w[name + ".weight"], w[name + ".bias"], eps)


def apply_block(w, name, b, first=0, eps=1e-12):
    ids, segments = IDS[BEGIN[b]:BEGIN[b + 1]], SEGMENTS[BEGIN[b]:BEGIN[b + 1]]
    x = w[name + ".word_embeddings.weight"][ids] + w[name + ".position_embeddings.weight"][first:first + len(ids)]
    if name + ".token_type_embeddings.weight" in w:
        table = w[name + ".token_type_embeddings.weight"]
        x = x + (table[segments] if len(table) > 1 else table[0])
    return apply_norm(w, name + ".LayerNorm", x, eps)


def apply_head(w, x):
    if "classifier.dense.weight" in w:
        x = F.relu(apply_linear(w, "classifier.dense", x))
        return apply_linear(w, "classifier.out_proj", x)
    return apply_linear(w, "classifier", x)


# ---- BERT's family ----

def bert_shapes(a):
    h, kind = a["hidden"], a["kind"]
    shapes = block(kind + ".embeddings", h, a["segments"])
    for l in range(a["layers"]):
        p = f"{kind}.encoder.layer.{l}."
        for part in "attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense":
            shapes += linear(p + part, h, h)
        shapes += norm(p + "attention.output.LayerNorm", h)
        shapes += linear(p + "intermediate.dense", h, a["ffn"]) + linear(p + "output.dense", a["ffn"], h)
        shapes += norm(p + "output.LayerNorm", h)
    if a["pooler"]:
        shapes += linear(kind + ".pooler.dense", h, h)
    if a["head"] == "mlm":
        shapes += linear("cls.predictions.transform.dense", h, h)
        shapes += norm("cls.predictions.transform.LayerNorm", h) + [("cls.predictions.bias", (V,))]
    elif a["head"] == "span":
        shapes += linear("qa_outputs", h, 2)
    else:
        shapes += head(h, a["labels"], h if kind == "roberta" and a["head"] in ("class", "multilabel") else 0)
    return shapes


ACTIVATIONS = {"gelu": F.gelu, "relu": F.relu, "gelu_tanh": lambda x: F.gelu(x, approximate="tanh")}


def attend(q, k, v, heads, hides_first=False):
    t, h = q.shape
    q, k, v = (x.view(t, heads, -1).transpose(0, 1) for x in (q, k, v))
    scores = q @ k.transpose(1, 2) / math.sqrt(h / heads)
    if hides_first:  # as the usual library masks: so far below the others, and alone it is itself
        scores = scores + torch.cat([torch.full((1,), -1e30), torch.zeros(t - 1)])
    maps = torch.softmax(scores, -1)
    return (maps @ v).transpose(0, 1).reshape(t, h)


def bert_layer(w, p, x, heads, f, eps=1e-12, hides_first=False):
    context = attend(*(apply_linear(w, f"{p}attention.self.{n}", x) for n in ("query", "key", "value")), heads,
                     hides_first)
    x = apply_norm(w, p + "attention.output.LayerNorm", x + apply_linear(w, p + "attention.output.dense", context), eps)
    inner = f(apply_linear(w, p + "intermediate.dense", x))
    return apply_norm(w, p + "output.LayerNorm", x + apply_linear(w, p + "output.dense", inner), eps)


def bert_logits(w, a):
    f, out = ACTIVATIONS[a["activation"]], []
    for b in range(3):
        x = apply_block(w, "bert.embeddings", b)
        for l in range(a["layers"]):
            x = bert_layer(w, f"bert.encoder.layer.{l}.", x, a["heads"], f)
        if a["head"] == "class":
            x = torch.tanh(apply_linear(w, "bert.pooler.dense", x[:1]))
        if a["head"] == "mlm":
            x = apply_norm(w, "cls.predictions.transform.LayerNorm",
                           f(apply_linear(w, "cls.predictions.transform.dense", x)))
            out.append(x @ w["bert.embeddings.word_embeddings.weight"].T + w["cls.predictions.bias"])
        else:
            out.append(apply_linear(w, "qa_outputs", x) if a["head"] == "span" else apply_head(w, x))
    return torch.cat(out)


# ---- RoBERTa: positions from 2, eps 1e-5, one kind of segment, a classifier of two layers ----

def roberta_logits(w, a):
    f, eps, out = ACTIVATIONS[a["activation"]], 1e-5, []
    for b in range(3):
        x = apply_block(w, "roberta.embeddings", b, 2, eps)
        for l in range(a["layers"]):
            x = bert_layer(w, f"roberta.encoder.layer.{l}.", x, a["heads"], f, eps, a.get("roberta_pad_quirk", False))
        if a["head"] in ("class", "multilabel"):
            x = apply_linear(w, "classifier.out_proj", torch.tanh(apply_linear(w, "classifier.dense", x[:1])))
        elif a["head"] == "mlm":
            x = apply_norm(w, "cls.predictions.transform.LayerNorm",
                           f(apply_linear(w, "cls.predictions.transform.dense", x)), eps)
            x = x @ w["roberta.embeddings.word_embeddings.weight"].T + w["cls.predictions.bias"]
        else:
            x = apply_linear(w, "qa_outputs" if a["head"] == "span" else "classifier", x)
        out.append(x)
    return torch.cat(out)


# ---- ALBERT: narrow word vectors, one layer for all, a masked head as narrow as they are ----

LAYER = "albert.encoder.albert_layer_groups.0.albert_layers.0."


def albert_shapes(a):
    h, e = a["hidden"], a["embedding"]
    shapes = block("albert.embeddings", e, a["segments"])
    shapes += linear("albert.encoder.embedding_hidden_mapping_in", e, h)
    for part in "query", "key", "value", "dense":
        shapes += linear(LAYER + "attention." + part, h, h)
    shapes += norm(LAYER + "attention.LayerNorm", h)
    shapes += linear(LAYER + "ffn", h, a["ffn"]) + linear(LAYER + "ffn_output", a["ffn"], h)
    shapes += norm(LAYER + "full_layer_layer_norm", h)
    if a["pooler"]:
        shapes += linear("albert.pooler", h, h)
    if a["head"] == "mlm":
        shapes += linear("cls.predictions.transform.dense", h, e)
        return shapes + norm("cls.predictions.transform.LayerNorm", e) + [("cls.predictions.bias", (V,))]
    return shapes + (linear("qa_outputs", h, 2) if a["head"] == "span" else head(h, a["labels"], 0))


def albert_layer(w, x, heads, f):
    context = attend(*(apply_linear(w, LAYER + "attention." + n, x) for n in ("query", "key", "value")), heads)
    x = apply_norm(w, LAYER + "attention.LayerNorm", x + apply_linear(w, LAYER + "attention.dense", context))
    inner = apply_linear(w, LAYER + "ffn_output", f(apply_linear(w, LAYER + "ffn", x)))
    return apply_norm(w, LAYER + "full_layer_layer_norm", inner + x)


def albert_logits(w, a):
    f, out = ACTIVATIONS[a["activation"]], []
    for b in range(3):
        x = apply_linear(w, "albert.encoder.embedding_hidden_mapping_in", apply_block(w, "albert.embeddings", b))
        for _ in range(a["layers"]):
            x = albert_layer(w, x, a["heads"], f)
        if a["pooler"]:
            x = torch.tanh(apply_linear(w, "albert.pooler", x[:1]))
        if a["head"] == "mlm":
            x = apply_norm(w, "cls.predictions.transform.LayerNorm",
                           f(apply_linear(w, "cls.predictions.transform.dense", x)))
            x = x @ w["albert.embeddings.word_embeddings.weight"].T + w["cls.predictions.bias"]
        else:
            x = apply_linear(w, "qa_outputs" if a["head"] == "span" else "classifier", x)
        out.append(x)
    return torch.cat(out)


# ---- MobileBERT: trigrams of word vectors, bottlenecks, NoNorm; a decoder [word | rest^T] ----

def no_norm(w, name, x):
    return w[name + ".weight"] * x + w[name + ".bias"]


def mobile_block(name, i, o):
    return linear(name + ".dense", i, o) + norm(name + ".LayerNorm", o)


def apply_mobile(w, name, x, residual=0):
    return no_norm(w, name + ".LayerNorm", apply_linear(w, name + ".dense", x) + residual)


def feedforwards(p, a):
    return [f"{p}ffn.{k}." for k in range(a["feedforwards"] - 1)] + [p]


def mobilebert_shapes(a):
    h, e, n = a["hidden"], a["embedding"], a["bottleneck"]
    p = "mobilebert.embeddings."
    shapes = [(p + "word_embeddings.weight", (V, e)), (p + "position_embeddings.weight", (P, h)),
              (p + "token_type_embeddings.weight", (a["segments"], h))]
    shapes += linear(p + "embedding_transformation", 3 * e, h) + norm(p + "LayerNorm", h)
    for l in range(a["layers"]):
        p = f"mobilebert.encoder.layer.{l}."
        shapes += mobile_block(p + "bottleneck.input", h, n) + mobile_block(p + "bottleneck.attention", h, n)
        shapes += linear(p + "attention.self.query", n, n) + linear(p + "attention.self.key", n, n)
        shapes += linear(p + "attention.self.value", h, n) + mobile_block(p + "attention.output", n, n)
        for f in feedforwards(p, a):
            shapes += linear(f + "intermediate.dense", n, a["ffn"]) + mobile_block(f + "output", a["ffn"], n)
        shapes += mobile_block(p + "output.bottleneck", n, h)
    if a["pooler"]:
        shapes += linear("mobilebert.pooler.dense", h, h)
    if a["head"] == "mlm":
        shapes += linear("cls.predictions.transform.dense", h, h) + norm("cls.predictions.transform.LayerNorm", h)
        return shapes + [("cls.predictions.bias", (V,)), ("cls.predictions.dense.weight", (h - e, V))]
    return shapes + (linear("qa_outputs", h, 2) if a["head"] == "span" else head(h, a["labels"], 0))


def mobilebert_embedding(w, b):
    p, (begin, end) = "mobilebert.embeddings.", BEGIN[b:b + 2]
    x = w[p + "word_embeddings.weight"][IDS[begin:end]]
    nothing = torch.zeros_like(x[:1])
    x = torch.cat([torch.cat([x[1:], nothing]), x, torch.cat([nothing, x[:-1]])], 1)
    x = apply_linear(w, p + "embedding_transformation", x) + w[p + "position_embeddings.weight"][:end - begin]
    return no_norm(w, p + "LayerNorm", x + w[p + "token_type_embeddings.weight"][SEGMENTS[begin:end]])


def mobilebert_layer(w, p, x, a, f):
    narrow, shared = (apply_mobile(w, f"{p}bottleneck.{n}", x) for n in ("input", "attention"))
    q, k = (apply_linear(w, f"{p}attention.self.{n}", shared) for n in ("query", "key"))
    context = attend(q, k, apply_linear(w, p + "attention.self.value", x), a["heads"])
    y = apply_mobile(w, p + "attention.output", context, narrow)
    for part in feedforwards(p, a):
        y = apply_mobile(w, part + "output", f(apply_linear(w, part + "intermediate.dense", y)), y)
    return apply_mobile(w, p + "output.bottleneck", y, x)


def mobilebert_logits(w, a):
    f, out = ACTIVATIONS[a["activation"]], []
    for b in range(3):
        x = mobilebert_embedding(w, b)
        for l in range(a["layers"]):
            x = mobilebert_layer(w, f"mobilebert.encoder.layer.{l}.", x, a, f)
        if a["head"] in ("class", "multilabel"):
            x = torch.tanh(apply_linear(w, "mobilebert.pooler.dense", x[:1])) if a["pooler"] else x[:1]
        if a["head"] == "mlm":
            x = apply_norm(w, "cls.predictions.transform.LayerNorm",
                           f(apply_linear(w, "cls.predictions.transform.dense", x)))
            word = w["mobilebert.embeddings.word_embeddings.weight"]
            x = x @ torch.cat([word.T, w["cls.predictions.dense.weight"]]) + w["cls.predictions.bias"]
        else:
            x = apply_linear(w, "qa_outputs" if a["head"] == "span" else "classifier", x)
        out.append(x)
    return torch.cat(out)


# ---- BiLSTM ----

def bilstm_shapes(a):
    h, e = a["hidden"], a["embedding"]
    shapes = block("embeddings", e, a["segments"]) if a["embeddings"] == "bert" else [("embedding.weight", (V, e))]
    if a["embeddings"] == "multichannel":
        for c in range(3):
            shapes += [(f"convs.{c}.weight", (256, e, 2 * c + 1)), (f"convs.{c}.bias", (256,))]
        e = 768
    limit, features = a.get("distance_limit", 0), a.get("distances", 0)
    shapes += [(f"distance.{i}.weight", (2 * limit + 2, features)) for i in range(2 if features else 0)]
    e += 2 * features
    for l in range(a["layers"]):
        for way in "", "_reverse":
            shapes += [(f"lstm.weight_ih_l{l}{way}", (4 * h, e if l == 0 else 2 * h)),
                       (f"lstm.weight_hh_l{l}{way}", (4 * h, h)),
                       (f"lstm.bias_ih_l{l}{way}", (4 * h,)), (f"lstm.bias_hh_l{l}{way}", (4 * h,))]
    if a.get("pooling") == "attention":
        shapes.append(("pooling.weight", (1, 2 * h)))
    return shapes + (linear("qa_outputs", 2 * h, 2) if a["head"] == "span" else head(2 * h, a["labels"], a["classifier"]))


def distances(table, mark, t):
    """A row for each distance from -limit to limit, farther being as far; the last one for a sentence without a mark."""
    limit = len(table) // 2 - 1
    return table[[len(table) - 1 if mark < 0 else min(max(n - mark, -limit), limit) + limit for n in range(t)]]


def pool(w, a, y):
    """One state for a sentence: the largest of each feature, the mean, or weighed by what Zhou et al. 2016 prefer."""
    if a["pooling"] == "max":
        return y.max(0).values[None]
    if a["pooling"] == "mean":
        return y.mean(0)[None]
    return torch.softmax(torch.tanh(y) @ w["pooling.weight"].T, 0).T @ y


def bilstm_logits(w, a):
    lstm = [w[n] for n in w if n.startswith("lstm.")]
    out = []
    for b in range(3):
        if a["embeddings"] == "bert":
            x = apply_block(w, "embeddings", b)
        else:
            x = w["embedding.weight"][IDS[BEGIN[b]:BEGIN[b + 1]]]
        if a["embeddings"] == "multichannel":
            x = torch.relu(torch.cat([F.conv1d(x.T[None], w[f"convs.{c}.weight"], w[f"convs.{c}.bias"], padding=c)[0]
                                      for c in range(3)])).T
        if a.get("distances"):
            x = torch.cat([x] + [distances(w[f"distance.{i}.weight"], MARKS[2 * b + i], len(x)) for i in range(2)], 1)
        zero = torch.zeros(2 * a["layers"], 1, a["hidden"])
        y, _, _ = torch._VF.lstm(x[:, None], (zero, zero), lstm, True, a["layers"], 0.0, False, True, False)
        y = y[:, 0]
        if a["head"] == "span":
            out.append(apply_linear(w, "qa_outputs", y))
        else:
            out.append(apply_head(w, pool(w, a, y) if a["head"] in ("class", "multilabel") else y))
    return torch.cat(out)


# ---- cases ----

def loss_of(logits, a):
    """Label smoothing puts smoothing/(K-1) on every class but the label."""
    if a["head"] == "multilabel":
        return F.binary_cross_entropy_with_logits(logits, torch.tensor(SETS, dtype=logits.dtype))
    labels = torch.tensor({"mlm": WORDS, "class": CLASSES, "span": ENDS}.get(a["head"], TAGS))
    keep = labels >= 0
    logp, labels = torch.log_softmax(logits[keep], -1), labels[keep]
    q = torch.full_like(logp, SMOOTHING / (logp.shape[1] - 1))
    q[torch.arange(len(labels)), labels] = 1 - SMOOTHING
    return -(q * logp).sum(-1).mean()


def digits(t):
    """Nine digits; a key's bias has no gradient, and what rounding leaves of it is written as 0."""
    return [float(f"{x:.9g}") if abs(x) > 1e-15 else 0.0 for x in t.detach().flatten().tolist()]


def run(name, a, shapes, logits_of):
    w = declare(shapes(a))
    optimizer = torch.optim.AdamW(w.values(), lr=1e-2, betas=(0.9, 0.999), eps=1e-3, weight_decay=1e-2)
    losses = []
    for step in range(10):
        optimizer.zero_grad()
        logits = logits_of(w, a)
        loss = loss_of(logits, a)
        loss.backward()
        if step == 0:
            first = digits(logits)
            gradients = {n: digits(p.grad if p.grad is not None else torch.zeros_like(p)) for n, p in w.items()}
        losses += digits(loss)
        torch.nn.utils.clip_grad_norm_([p for p in w.values() if p.grad is not None], 0.5)
        optimizer.step()
    return {"name": name, "arch": {k: str(v).lower() for k, v in a.items()}, "names": list(w), "logits": first,
            "gradients": gradients, "losses": losses, "after": {n: digits(p) for n, p in w.items()}}


BERT = {"kind": "bert", "vocab": V, "hidden": 6, "layers": 2, "heads": 2, "ffn": 7, "positions": P, "segments": 2,
        "pooler": False, "labels": 4, "head": "tags", "activation": "gelu"}
ROBERTA = {**BERT, "kind": "roberta", "segments": 1}
ALBERT = {**BERT, "kind": "albert", "embedding": 4, "layers": 3, "activation": "gelu_tanh"}
MOBILEBERT = {**BERT, "kind": "mobilebert", "embedding": 3, "bottleneck": 4, "feedforwards": 3, "activation": "relu"}
BILSTM = {"kind": "bilstm", "vocab": V, "embedding": 4, "embeddings": "trained", "hidden": 3, "layers": 2,
          "positions": P, "segments": 2, "classifier": 5, "labels": 4, "head": "tags"}
CASES = [
    ("bilstm", {**BILSTM}, bilstm_shapes, bilstm_logits),
    ("bilstm linear head", {**BILSTM, "classifier": 0}, bilstm_shapes, bilstm_logits),
    ("bilstm bert embeddings", {**BILSTM, "embeddings": "bert"}, bilstm_shapes, bilstm_logits),
    ("bilstm span", {**BILSTM, "head": "span", "classifier": 0}, bilstm_shapes, bilstm_logits),
    ("bilstm class", {**BILSTM, "head": "class", "pooling": "max"}, bilstm_shapes, bilstm_logits),
    ("bilstm class mean", {**BILSTM, "head": "class", "pooling": "mean", "classifier": 0}, bilstm_shapes, bilstm_logits),
    ("bilstm class attention", {**BILSTM, "head": "class", "pooling": "attention", "distances": 2, "distance_limit": 2},
     bilstm_shapes, bilstm_logits),
    ("bilstm multilabel", {**BILSTM, "head": "multilabel", "pooling": "max"}, bilstm_shapes, bilstm_logits),
    ("bilstm multilabel attention", {**BILSTM, "head": "multilabel", "pooling": "attention", "layers": 1}, bilstm_shapes,
     bilstm_logits),
    ("bert tags", {**BERT}, bert_shapes, bert_logits),
    ("bert class", {**BERT, "pooler": True, "head": "class", "activation": "gelu_tanh"}, bert_shapes, bert_logits),
    ("distilbert tags", {**BERT, "segments": 0, "heads": 3, "activation": "relu"}, bert_shapes, bert_logits),
    ("bert mlm", {**BERT, "head": "mlm"}, bert_shapes, bert_logits),
    ("bert span", {**BERT, "head": "span"}, bert_shapes, bert_logits),
    ("roberta tags", {**ROBERTA}, bert_shapes, roberta_logits),
    ("roberta class", {**ROBERTA, "head": "class"}, bert_shapes, roberta_logits),
    ("roberta class with its pad quirk", {**ROBERTA, "head": "class", "roberta_pad_quirk": True}, bert_shapes,
     roberta_logits),
    ("roberta multilabel", {**ROBERTA, "head": "multilabel"}, bert_shapes, roberta_logits),
    ("roberta mlm", {**ROBERTA, "head": "mlm"}, bert_shapes, roberta_logits),
    ("roberta span", {**ROBERTA, "head": "span"}, bert_shapes, roberta_logits),
    ("albert tags", {**ALBERT}, albert_shapes, albert_logits),
    ("albert class", {**ALBERT, "pooler": True, "head": "class"}, albert_shapes, albert_logits),
    ("albert multilabel", {**ALBERT, "pooler": True, "head": "multilabel"}, albert_shapes, albert_logits),
    ("albert mlm", {**ALBERT, "head": "mlm", "activation": "gelu"}, albert_shapes, albert_logits),
    ("albert span", {**ALBERT, "head": "span", "segments": 1}, albert_shapes, albert_logits),
    ("mobilebert tags", {**MOBILEBERT}, mobilebert_shapes, mobilebert_logits),
    ("mobilebert class", {**MOBILEBERT, "head": "class"}, mobilebert_shapes, mobilebert_logits),
    ("mobilebert multilabel", {**MOBILEBERT, "pooler": True, "head": "multilabel"}, mobilebert_shapes,
     mobilebert_logits),
    ("mobilebert mlm", {**MOBILEBERT, "head": "mlm", "feedforwards": 1}, mobilebert_shapes, mobilebert_logits),
    ("mobilebert span", {**MOBILEBERT, "head": "span", "activation": "gelu"}, mobilebert_shapes, mobilebert_logits),
]
batch = {"begin": BEGIN, "ids": IDS, "segments": SEGMENTS, "tags": TAGS, "words": WORDS, "classes": CLASSES,
         "sets": SETS, "ends": ENDS, "marks": MARKS}
print(json.dumps({"source": f"make_reference.py, PyTorch {torch.__version__}, float64", "batch": batch,
                  "networks": [run(*case) for case in CASES]}))

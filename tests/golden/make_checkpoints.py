#!/usr/bin/python3
"""make_checkpoints.py - small checkpoints under the published names, in every form of file.

    /usr/bin/python3 tests/golden/make_checkpoints.py tests/golden/checkpoints

Needs PyTorch (Debian: python3-torch) and nothing else: networks are built here as modules whose
attributes have the names that published checkpoints use, so that state_dict() gives those names.
In each folder want.json holds what the network says of SENTENCES in float64 ("logits" and every
"hidden" state), and the names that a file of its class has ("names").
"""
import io
import json
import math
import os
import shutil
import struct
import sys
import warnings
import zipfile

import torch
import torch.nn as nn
import torch.nn.functional as F

warnings.filterwarnings("ignore")
V, H, A, L, FF, P, K, E, N = 13, 8, 2, 2, 12, 7, 3, 4, 6
SENTENCES = [[2, 5, 12, 3], [4], [1, 4, 9, 0, 11, 7]]
LABELS = ["O", "B-Gene", "I-Gene"]
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "gene", "IL", "##2", "of", "a", "##s", "."]
ACTIVATIONS = {"gelu": F.gelu, "gelu_new": lambda x: F.gelu(x, approximate="tanh"), "relu": F.relu}


class Bag(nn.Module):
    """Modules by dotted names: Bag({"self.query": nn.Linear(..)}).self.query"""

    def __init__(self, parts):
        super().__init__()
        for name, part in parts.items():
            at, *rest = name.split(".", 1)
            if not rest:
                self.add_module(at, part)
                continue
            inner = {n.split(".", 1)[1]: p for n, p in parts.items() if n.split(".")[0] == at and "." in n}
            if at not in self._modules:
                self.add_module(at, Bag(inner))


def norm(eps=1e-12, width=H):
    return nn.LayerNorm(width, eps=eps)


def embeddings(segments, positions=P, eps=1e-12, width=H):
    parts = {"word_embeddings": nn.Embedding(V, width), "position_embeddings": nn.Embedding(positions, width)}
    if segments:
        parts["token_type_embeddings"] = nn.Embedding(segments, width)
    return Bag({**parts, "LayerNorm": norm(eps, width)})


def bert_layer(eps=1e-12):
    return Bag({"attention.self.query": nn.Linear(H, H), "attention.self.key": nn.Linear(H, H),
                "attention.self.value": nn.Linear(H, H), "attention.output.dense": nn.Linear(H, H),
                "attention.output.LayerNorm": norm(eps), "intermediate.dense": nn.Linear(H, FF),
                "output.dense": nn.Linear(FF, H), "output.LayerNorm": norm(eps)})


def distilbert_layer():
    return Bag({"attention.q_lin": nn.Linear(H, H), "attention.k_lin": nn.Linear(H, H),
                "attention.v_lin": nn.Linear(H, H), "attention.out_lin": nn.Linear(H, H),
                "sa_layer_norm": norm(), "ffn.lin1": nn.Linear(H, FF), "ffn.lin2": nn.Linear(FF, H),
                "output_layer_norm": norm()})


class Bert(nn.Module):
    """A class of the BERT family: tags, class, multilabel, mlm, span or none."""

    def __init__(self, head, act="gelu"):
        super().__init__()
        self.head, self.f = head, ACTIVATIONS[act]
        parts = {"embeddings": embeddings(2), "encoder.layer": nn.ModuleList(bert_layer() for _ in range(L))}
        if head in ("class", "multilabel", "none"):
            parts["pooler.dense"] = nn.Linear(H, H)
        self.bert = Bag(parts)
        if head in ("tags", "class", "multilabel"):
            self.classifier = nn.Linear(H, K)
        if head == "span":
            self.qa_outputs = nn.Linear(H, 2)
        if head == "mlm":
            self.cls = Bag({"predictions.transform.dense": nn.Linear(H, H), "predictions.transform.LayerNorm": norm()})
            self.cls.predictions.bias = nn.Parameter(torch.randn(V))

    def layer(self, l, x):
        m = self.bert.encoder.layer[l]
        x = m.attention.output.LayerNorm(x + m.attention.output.dense(attend(m.attention.self, "query key value", x)))
        return m.output.LayerNorm(x + m.output.dense(self.f(m.intermediate.dense(x))))

    def logits(self, x):
        if self.head in ("class", "multilabel"):
            return self.classifier(torch.tanh(self.bert.pooler.dense(x[:1])))
        if self.head == "mlm":
            p = self.cls.predictions
            y = p.transform.LayerNorm(self.f(p.transform.dense(x)))
            return y @ self.bert.embeddings.word_embeddings.weight.T + p.bias
        return {"tags": lambda: self.classifier(x), "span": lambda: self.qa_outputs(x), "none": lambda: None}[self.head]()

    def forward(self, ids):
        return run(self, self.bert.embeddings, ids)


class Roberta(nn.Module):
    """Positions from 2, one kind of segment, eps 1e-5; a classifier of two layers over the first state."""

    first = 2

    def __init__(self, head, act="gelu"):
        super().__init__()
        self.head, self.f = head, ACTIVATIONS[act]
        parts = {"embeddings": embeddings(1, P + 2, 1e-5),
                 "encoder.layer": nn.ModuleList(bert_layer(1e-5) for _ in range(L))}
        if head == "none":
            parts["pooler.dense"] = nn.Linear(H, H)
        self.roberta = Bag(parts)
        if head == "tags":
            self.classifier = nn.Linear(H, K)
        if head in ("class", "multilabel"):
            self.classifier = Bag({"dense": nn.Linear(H, H), "out_proj": nn.Linear(H, K)})
        if head == "span":
            self.qa_outputs = nn.Linear(H, 2)
        if head == "mlm":
            self.lm_head = Bag({"dense": nn.Linear(H, H), "layer_norm": norm(1e-5)})
            self.lm_head.bias = nn.Parameter(torch.randn(V))

    def layer(self, l, x):
        m = self.roberta.encoder.layer[l]
        x = m.attention.output.LayerNorm(x + m.attention.output.dense(attend(m.attention.self, "query key value", x)))
        return m.output.LayerNorm(x + m.output.dense(self.f(m.intermediate.dense(x))))

    def logits(self, x):
        if self.head in ("class", "multilabel"):
            return self.classifier.out_proj(torch.tanh(self.classifier.dense(x[:1])))
        if self.head == "mlm":
            y = self.lm_head.layer_norm(self.f(self.lm_head.dense(x)))
            return y @ self.roberta.embeddings.word_embeddings.weight.T + self.lm_head.bias
        return {"tags": lambda: self.classifier(x), "span": lambda: self.qa_outputs(x), "none": lambda: None}[self.head]()

    def forward(self, ids):
        return run(self, self.roberta.embeddings, ids)


class Albert(nn.Module):
    """Word vectors of E features, one layer for all, a masked head of E features."""

    def __init__(self, head, act="gelu_new"):
        super().__init__()
        self.head, self.f = head, ACTIVATIONS[act]
        layer = {**{"attention." + n: nn.Linear(H, H) for n in ("query", "key", "value", "dense")},
                 "attention.LayerNorm": norm(), "ffn": nn.Linear(H, FF), "ffn_output": nn.Linear(FF, H),
                 "full_layer_layer_norm": norm()}
        group = Bag({"albert_layers": nn.ModuleList([Bag(layer)])})
        parts = {"embeddings": embeddings(2, width=E), "encoder.embedding_hidden_mapping_in": nn.Linear(E, H),
                 "encoder.albert_layer_groups": nn.ModuleList([group])}
        if head in ("class", "multilabel", "none"):
            parts["pooler"] = nn.Linear(H, H)
        self.albert = Bag(parts)
        if head in ("tags", "class", "multilabel"):
            self.classifier = nn.Linear(H, K)
        if head == "span":
            self.qa_outputs = nn.Linear(H, 2)
        if head == "mlm":
            self.predictions = Bag({"LayerNorm": norm(width=E), "dense": nn.Linear(H, E)})
            self.predictions.bias = nn.Parameter(torch.randn(V))

    def widen(self, x):
        return self.albert.encoder.embedding_hidden_mapping_in(x)

    def layer(self, l, x):
        m = self.albert.encoder.albert_layer_groups[0].albert_layers[0]
        x = m.attention.LayerNorm(x + m.attention.dense(attend(m.attention, "query key value", x)))
        return m.full_layer_layer_norm(m.ffn_output(self.f(m.ffn(x))) + x)

    def logits(self, x):
        if self.head in ("class", "multilabel"):
            return self.classifier(torch.tanh(self.albert.pooler(x[:1])))
        if self.head == "mlm":
            p = self.predictions
            return p.LayerNorm(self.f(p.dense(x))) @ self.albert.embeddings.word_embeddings.weight.T + p.bias
        return {"tags": lambda: self.classifier(x), "span": lambda: self.qa_outputs(x), "none": lambda: None}[self.head]()

    def forward(self, ids):
        return run(self, self.albert.embeddings, ids)


class NoNorm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(width)), nn.Parameter(torch.zeros(width))

    def forward(self, x):
        return self.weight * x + self.bias


def block(name, i, o):
    return {name + ".dense": nn.Linear(i, o), name + ".LayerNorm": NoNorm(o)}


def pass_block(m, x, residual=0):
    return m.LayerNorm(m.dense(x) + residual)


class MobileBert(nn.Module):
    """Trigrams of word vectors of E features, layers of N features inside, three feed-forwards each."""

    spread = 0.25  # nothing keeps its states small

    def __init__(self, head, act="relu", pools=False):
        super().__init__()
        self.head, self.f = head, ACTIVATIONS[act]
        self.mobilebert = Bag({"embeddings.word_embeddings": nn.Embedding(V, E),
                               "embeddings.position_embeddings": nn.Embedding(P, H),
                               "embeddings.token_type_embeddings": nn.Embedding(2, H),
                               "embeddings.embedding_transformation": nn.Linear(3 * E, H),
                               "embeddings.LayerNorm": NoNorm(H),
                               "encoder.layer": nn.ModuleList(self.make_layer() for _ in range(L))})
        if pools:
            self.mobilebert.add_module("pooler", Bag({"dense": nn.Linear(H, H)}))
        if head in ("tags", "class", "multilabel"):
            self.classifier = nn.Linear(H, K)
        if head == "span":
            self.qa_outputs = nn.Linear(H, 2)
        if head == "mlm":
            self.cls = Bag({"predictions.transform.dense": nn.Linear(H, H), "predictions.transform.LayerNorm": norm(),
                            "predictions.dense": nn.Linear(V, H - E, bias=False)})
            self.cls.predictions.bias = nn.Parameter(torch.randn(V))

    @staticmethod
    def feedforward(name):
        return {name + "intermediate.dense": nn.Linear(N, FF), **block(name + "output", FF, N)}

    def make_layer(self):
        return Bag({"attention.self.query": nn.Linear(N, N), "attention.self.key": nn.Linear(N, N),
                    "attention.self.value": nn.Linear(H, N), **block("attention.output", N, N), **self.feedforward(""),
                    **block("output.bottleneck", N, H), **block("bottleneck.input", H, N),
                    **block("bottleneck.attention", H, N),
                    "ffn": nn.ModuleList(Bag(self.feedforward("")) for _ in range(2))})

    def layer(self, l, x):
        m = self.mobilebert.encoder.layer[l]
        narrow, shared = pass_block(m.bottleneck.input, x), pass_block(m.bottleneck.attention, x)
        s = getattr(m.attention, "self")
        y = pass_block(m.attention.output, mix(s.query(shared), s.key(shared), s.value(x)), narrow)
        for f in [*m.ffn, m]:
            y = pass_block(f.output, self.f(f.intermediate.dense(y)), y)
        return pass_block(m.output.bottleneck, y, x)

    def logits(self, x):
        if self.head in ("class", "multilabel"):
            pools = hasattr(self.mobilebert, "pooler")
            return self.classifier(torch.tanh(self.mobilebert.pooler.dense(x[:1])) if pools else x[:1])
        if self.head == "mlm":
            p = self.cls.predictions
            y = p.transform.LayerNorm(self.f(p.transform.dense(x)))
            return y @ torch.cat([self.mobilebert.embeddings.word_embeddings.weight.t(), p.dense.weight]) + p.bias
        return {"tags": lambda: self.classifier(x), "span": lambda: self.qa_outputs(x), "none": lambda: None}[self.head]()

    def forward(self, ids):
        e = self.mobilebert.embeddings
        x = e.word_embeddings(torch.tensor(ids))
        nothing = torch.zeros_like(x[:1])
        x = torch.cat([torch.cat([x[1:], nothing]), x, torch.cat([nothing, x[:-1]])], 1)
        x = e.embedding_transformation(x) + e.position_embeddings.weight[:len(ids)] + e.token_type_embeddings.weight[0]
        return through(self, e.LayerNorm(x))


class DistilBert(nn.Module):
    def __init__(self, head, act="gelu"):
        super().__init__()
        self.head, self.f = head, ACTIVATIONS[act]
        self.distilbert = Bag({"embeddings": embeddings(0),
                               "transformer.layer": nn.ModuleList(distilbert_layer() for _ in range(L))})
        if head in ("class", "multilabel"):
            self.pre_classifier = nn.Linear(H, H)
        if head in ("tags", "class", "multilabel"):
            self.classifier = nn.Linear(H, K)
        if head == "span":
            self.qa_outputs = nn.Linear(H, 2)
        if head == "mlm":
            self.vocab_transform, self.vocab_layer_norm = nn.Linear(H, H), norm()
            self.vocab_projector = nn.Linear(H, V)
            self.vocab_projector.weight = self.distilbert.embeddings.word_embeddings.weight

    def layer(self, l, x):
        m = self.distilbert.transformer.layer[l]
        x = m.sa_layer_norm(x + m.attention.out_lin(attend(m.attention, "q_lin k_lin v_lin", x)))
        return m.output_layer_norm(x + m.ffn.lin2(self.f(m.ffn.lin1(x))))

    def logits(self, x):
        if self.head in ("class", "multilabel"):
            return self.classifier(F.relu(self.pre_classifier(x[:1])))
        if self.head == "mlm":
            return self.vocab_projector(self.vocab_layer_norm(self.f(self.vocab_transform(x))))
        return {"tags": lambda: self.classifier(x), "span": lambda: self.qa_outputs(x), "none": lambda: None}[self.head]()

    def forward(self, ids):
        return run(self, self.distilbert.embeddings, ids)


def mix(q, k, v):
    width = q.shape[1]
    q, k, v = (x.view(-1, A, width // A).transpose(0, 1) for x in (q, k, v))
    return (torch.softmax(q @ k.transpose(1, 2) / math.sqrt(width / A), -1) @ v).transpose(0, 1).reshape(-1, width)


def attend(m, names, x):
    return mix(*(getattr(m, n)(x) for n in names.split()))


def through(net, x):
    hidden = [x]
    for l in range(L):
        hidden.append(net.layer(l, hidden[-1]))
    return net.logits(hidden[-1]), hidden


def run(net, e, ids):
    x = e.word_embeddings(torch.tensor(ids)) + e.position_embeddings(torch.arange(len(ids)) + getattr(net, "first", 0))
    if hasattr(e, "token_type_embeddings"):
        x = x + e.token_type_embeddings(torch.zeros(len(ids), dtype=torch.long))
    return through(net, getattr(net, "widen", lambda y: y)(e.LayerNorm(x)))


# ---- files ----

KINDS = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64"}


def bytes_of(t):
    if t.dtype == torch.bfloat16:
        t = t.view(torch.int16)
    return t.contiguous().numpy().tobytes()


def write_safetensors(path, state):
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, t in state.items():
        raw = bytes_of(t)
        header[name] = {"dtype": KINDS[t.dtype], "shape": list(t.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    with open(path, "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text + data)


def write_shards(folder, state, ending, write):
    names, files = list(state), [f"{ending[0]}-0000{i}-of-00002.{ending[1]}" for i in (1, 2)]
    parts = [names[:len(names) // 2], names[len(names) // 2:]]
    for file, part in zip(files, parts):
        write(f"{folder}/{file}", {n: state[n] for n in part})
    with open(f"{folder}/{ending[0]}.{ending[1]}.index.json", "w") as out:
        json.dump({"metadata": {}, "weight_map": {n: f for f, part in zip(files, parts) for n in part}}, out)


def write_torch(path, state):
    torch.save(state, path)


def turned(t):
    """The same matrix, stored column by column, as converters of other formats leave it."""
    return t.t().contiguous().t() if t.dim() == 2 else t


def old_names(state):
    return {n.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): t
            for n, t in state.items()}


def without_prefix(state):
    return {n.split(".", 1)[1]: t for n, t in state.items()}


def with_the_rest(state, family="bert"):
    """What a whole pre-training checkpoint has beside: buffers, the tied decoder, next sentences."""
    word = state[family + ".embeddings.word_embeddings.weight"]
    return {family + ".embeddings.position_ids": torch.arange(P)[None], **state, "cls.predictions.decoder.weight": word,
            "cls.seq_relationship.weight": torch.zeros(2, H), "cls.seq_relationship.bias": torch.zeros(2)}


def digits(t):
    return [[float(f"{x:.9g}") for x in row] for row in t.tolist()]


def bert_config(architecture, **more):
    return {**({"architectures": [architecture]} if architecture else {}), "model_type": "bert", "vocab_size": V,
            "hidden_size": H, "num_hidden_layers": L, "num_attention_heads": A, "intermediate_size": FF,
            "max_position_embeddings": P, "type_vocab_size": 2, "layer_norm_eps": 1e-12, "hidden_act": "gelu", **more}


def roberta_config(architecture, **more):
    return bert_config(architecture, **{"model_type": "roberta", "max_position_embeddings": P + 2, "type_vocab_size": 1,
                                        "layer_norm_eps": 1e-5, "pad_token_id": 1, **more})


def with_the_decoder(state):
    """A masked language model's decoder, which is tied, and its bias by a second name."""
    return {**state, "lm_head.decoder.weight": state["roberta.embeddings.word_embeddings.weight"],
            "lm_head.decoder.bias": state["lm_head.bias"]}


def albert_config(architecture, **more):
    return bert_config(architecture, **{"model_type": "albert", "embedding_size": E, "num_hidden_groups": 1,
                                        "inner_group_num": 1, "hidden_act": "gelu_new", "hidden_dropout_prob": 0,
                                        "attention_probs_dropout_prob": 0, "classifier_dropout_prob": 0.1, **more})


def mobilebert_config(architecture, **more):
    return bert_config(architecture, **{
        "model_type": "mobilebert", "embedding_size": E, "hidden_act": "relu", "hidden_dropout_prob": 0.0,
        "attention_probs_dropout_prob": 0.1, "intra_bottleneck_size": N, "true_hidden_size": N,
        "num_feedforward_networks": 3, "trigram_input": True, "use_bottleneck": True, "use_bottleneck_attention": False,
        "key_query_shared_bottleneck": True, "normalization_type": "no_norm", "classifier_activation": False, **more})


def with_the_order(state):
    """A whole pre-training ALBERT: the tied decoder, and the head that asks for the order of sentences."""
    word = state["albert.embeddings.word_embeddings.weight"]
    return {**state, "predictions.decoder.weight": word, "predictions.decoder.bias": state["predictions.bias"],
            "sop_classifier.classifier.weight": torch.zeros(2, H), "sop_classifier.classifier.bias": torch.zeros(2)}


def distilbert_config(architecture, **more):
    return {"architectures": [architecture], "model_type": "distilbert", "vocab_size": V, "dim": H, "n_layers": L,
            "n_heads": A, "hidden_dim": FF, "max_position_embeddings": P, "activation": "gelu", **more}


NAMED = {"id2label": {str(k): name for k, name in enumerate(LABELS)}, "label2id": {n: k for k, n in enumerate(LABELS)}}


def save(folder, net, config, kind, change, write):
    """`kind` is the type of the stored numbers; `write(folder, state)` makes the files."""
    os.makedirs(folder)
    torch.manual_seed(len(folder.rsplit("/", 1)[1]))
    for p in net.parameters():
        p.data = (torch.randn(p.shape) * getattr(net, "spread", 0.4) + (1.0 if p.dim() == 1 and p[0] == 1 else 0.0)).to(kind)
    state = net.state_dict()
    write(folder, change(state))
    with open(folder + "/config.json", "w") as out:
        json.dump(config, out)
    net.double()
    with torch.no_grad():
        said = [net(ids) for ids in SENTENCES]
    rows = [{**({"logits": digits(logits)} if logits is not None else {}), "hidden": [digits(h) for h in hidden]}
            for logits, hidden in said]
    names = sorted(n for n in (without_prefix(state) if net.head == "none" else state) if n != "vocab_projector.weight")
    with open(folder + "/want.json", "w") as out:
        json.dump({"sentences": SENTENCES, "said": rows, "names": names}, out)


def make(base):
    shutil.rmtree(base, ignore_errors=True)
    same = lambda state: state
    single = lambda folder, state: write_safetensors(folder + "/model.safetensors", state)
    binary = lambda folder, state: write_torch(folder + "/pytorch_model.bin", state)
    shards = lambda folder, state: write_shards(folder, state, ("model", "safetensors"), write_safetensors)
    parts = lambda folder, state: write_shards(folder, state, ("pytorch_model", "bin"), write_torch)
    turn = lambda state: old_names({n: turned(t) for n, t in state.items()})

    save(base + "/bert-tags", Bert("tags"), bert_config("BertForTokenClassification", **NAMED), torch.float32, turn, binary)
    with open(base + "/bert-tags/vocab.txt", "w") as out:
        out.writelines(word + "\n" for word in WORDS)
    save(base + "/bert-class", Bert("class", "gelu_new"),
         bert_config("BertForSequenceClassification", **{**NAMED, "hidden_act": "gelu_new"}), torch.float32, same, single)
    save(base + "/bert-multilabel", Bert("multilabel"),
         bert_config("BertForSequenceClassification", problem_type="multi_label_classification", **NAMED),
         torch.bfloat16, same, parts)
    save(base + "/bert-mlm", Bert("mlm"), bert_config(None), torch.bfloat16, with_the_rest, shards)
    save(base + "/bert-span", Bert("span", "relu"), bert_config("BertForQuestionAnswering", **{"hidden_act": "relu"}),
         torch.float16, same, single)
    save(base + "/bert-none", Bert("none"), bert_config("BertModel"), torch.float16, without_prefix, binary)
    save(base + "/roberta-tags", Roberta("tags"), roberta_config("RobertaForTokenClassification", **NAMED),
         torch.float32, same, single)
    save(base + "/roberta-class", Roberta("class"), roberta_config(None), torch.float32, same, binary)
    save(base + "/roberta-multilabel", Roberta("multilabel"),
         roberta_config("RobertaForSequenceClassification", problem_type="multi_label_classification", **NAMED),
         torch.bfloat16, same, single)
    save(base + "/roberta-mlm", Roberta("mlm"), roberta_config("RobertaForMaskedLM"), torch.float32, with_the_decoder, binary)
    save(base + "/roberta-span", Roberta("span"), roberta_config("RobertaForQuestionAnswering"), torch.float16, same, single)
    save(base + "/roberta-none", Roberta("none"), roberta_config("RobertaModel"), torch.float32, without_prefix, single)
    save(base + "/albert-tags", Albert("tags"), albert_config("AlbertForTokenClassification", **NAMED), torch.float32,
         same, single)
    save(base + "/albert-class", Albert("class"), albert_config(None), torch.float32, same, binary)
    save(base + "/albert-multilabel", Albert("multilabel"),
         albert_config("AlbertForSequenceClassification", problem_type="multi_label_classification", **NAMED),
         torch.bfloat16, same, parts)
    save(base + "/albert-mlm", Albert("mlm"), albert_config("AlbertForPreTraining"), torch.float32, with_the_order, binary)
    save(base + "/albert-span", Albert("span", "gelu"), albert_config("AlbertForQuestionAnswering", hidden_act="gelu"),
         torch.float16, same, single)
    save(base + "/albert-none", Albert("none"), albert_config("AlbertModel"), torch.float32, without_prefix, single)
    save(base + "/mobilebert-tags", MobileBert("tags"), mobilebert_config("MobileBertForTokenClassification", **NAMED),
         torch.float32, same, single)
    save(base + "/mobilebert-class", MobileBert("class"),
         mobilebert_config("MobileBertForSequenceClassification", **NAMED), torch.float32, same, binary)
    save(base + "/mobilebert-multilabel", MobileBert("multilabel", pools=True),
         mobilebert_config("MobileBertForSequenceClassification", problem_type="multi_label_classification",
                           classifier_activation=True, **NAMED), torch.bfloat16, same, single)
    save(base + "/mobilebert-mlm", MobileBert("mlm"), mobilebert_config("MobileBertForPreTraining"), torch.float32,
         lambda state: with_the_rest(state, "mobilebert"), binary)
    save(base + "/mobilebert-span", MobileBert("span", "gelu"),
         mobilebert_config("MobileBertForQuestionAnswering", hidden_act="gelu"), torch.float16, same, single)
    save(base + "/mobilebert-none", MobileBert("none"), mobilebert_config("MobileBertModel"), torch.float32,
         without_prefix, single)
    save(base + "/distilbert-tags", DistilBert("tags"), distilbert_config("DistilBertForTokenClassification", **NAMED),
         torch.bfloat16, same, single)
    save(base + "/distilbert-class", DistilBert("class"),
         distilbert_config("DistilBertForSequenceClassification", **NAMED), torch.float16, same, single)
    save(base + "/distilbert-mlm", DistilBert("mlm"), distilbert_config("DistilBertForMaskedLM"), torch.float32, same, binary)
    save(base + "/distilbert-span", DistilBert("span"), distilbert_config("DistilBertForQuestionAnswering"),
         torch.float32, same, single)


def make_pickle(path):
    """The pickle of a file with two storages, of 24 and 64 bytes: what fuzzers begin with."""
    file = io.BytesIO()
    torch.save({"w": torch.zeros(2, 3), "x": torch.zeros(8, 4, dtype=torch.float16).t()}, file)
    with zipfile.ZipFile(file) as members, open(path, "wb") as out:
        out.write(members.read("archive/data.pkl"))


if __name__ == "__main__":
    make(sys.argv[1])
    make_pickle(sys.argv[1] + "/../torch.pkl")

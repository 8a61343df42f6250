#!/usr/bin/python3
"""MobileBERT and ALBERT for the PyTorch side of bench/peers.sh, beside the networks that torch_peer.py has.

  peers_networks.py PEERS train  --model mobilebert ...      torch_peer.py's own options, with these networks too
  peers_networks.py PEERS export FOLDER MODEL                FOLDER/MODEL.onnx, as onnx_export.py writes it

PEERS is the folder of torch_peer.py. Both are built of plain torch.nn parts at their published sizes (MobileBERT: Sun et al. 2020,
24 layers of 512, 128 inside, four feed-forwards; ALBERT base: Lan et al. 2020, one layer of 768 applied twelve times), and so is
ours in `kdgrid bench`.
"""
import os
import sys
import warnings

import torch
import torch.nn as nn
import torch.nn.functional as F

sys.path.insert(0, sys.argv[1])
import torch_peer  # noqa: E402


class NoNorm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(width)), nn.Parameter(torch.zeros(width))

    def forward(self, x):
        return x * self.weight + self.bias


def attend(q, k, v, bias, heads, dropped):
    b, t, width = q.shape
    q, k, v = (y.view(b, t, heads, -1).transpose(1, 2) for y in (q, k, v))
    a = F.dropout(F.softmax(q @ k.transpose(-1, -2) / (q.shape[-1] ** 0.5) + bias, -1), dropped, dropped > 0)
    return (a @ v).transpose(1, 2).reshape(b, t, width)


class MobileLayer(nn.Module):
    def __init__(self, wide, width, heads, ffn, feedforwards):
        super().__init__()
        self.heads = heads
        self.narrow = nn.Sequential(nn.Linear(wide, width), NoNorm(width))
        self.shared = nn.Sequential(nn.Linear(wide, width), NoNorm(width))
        self.q, self.k, self.v = nn.Linear(width, width), nn.Linear(width, width), nn.Linear(wide, width)
        self.o, self.n = nn.Linear(width, width), NoNorm(width)
        self.ffn = nn.ModuleList(
            nn.ModuleList([nn.Linear(width, ffn), nn.Linear(ffn, width), NoNorm(width)]) for _ in range(feedforwards))
        self.widen, self.last = nn.Linear(width, wide), NoNorm(wide)

    def forward(self, x, bias):
        narrow, shared = self.narrow(x), self.shared(x)
        y = self.n(narrow + self.o(attend(self.q(shared), self.k(shared), self.v(x), bias, self.heads, 0.1 * self.training)))
        for up, down, norm in self.ffn:
            y = norm(y + down(F.relu(up(y))))
        return self.last(x + self.widen(y))


class MobileBert(nn.Module):
    def __init__(self, emb=128, wide=512, width=128, layers=24, heads=4, ffn=512, feedforwards=4):
        super().__init__()
        self.word = nn.Embedding(torch_peer.VOCAB, emb)
        self.pos, self.kind = nn.Embedding(512, wide), nn.Embedding(2, wide)
        self.join, self.norm = nn.Linear(3 * emb, wide), NoNorm(wide)
        self.layers = nn.ModuleList(MobileLayer(wide, width, heads, ffn, feedforwards) for _ in range(layers))
        self.head = nn.Linear(wide, torch_peer.CLASSES)

    def forward(self, ids, mask):
        w = self.word(ids)
        x = self.join(torch.cat([F.pad(w[:, 1:], (0, 0, 0, 1)), w, F.pad(w[:, :-1], (0, 0, 1, 0))], -1))
        x = self.norm(x + self.pos(torch.arange(ids.shape[1]))[None] + self.kind(torch.zeros_like(ids)))
        bias = (1.0 - mask.float())[:, None, None, :] * -1e4
        for layer in self.layers:
            x = layer(x, bias)
        return self.head(x)


class Albert(nn.Module):
    def __init__(self, emb=128, hidden=768, times=12, heads=12, ffn=3072):
        super().__init__()
        self.times, self.heads = times, heads
        self.word, self.pos, self.kind = nn.Embedding(torch_peer.VOCAB, emb), nn.Embedding(512, emb), nn.Embedding(2, emb)
        self.norm, self.widen = nn.LayerNorm(emb, eps=1e-12), nn.Linear(emb, hidden)
        self.q, self.k, self.v, self.o = (nn.Linear(hidden, hidden) for _ in range(4))
        self.n1, self.n2 = nn.LayerNorm(hidden, eps=1e-12), nn.LayerNorm(hidden, eps=1e-12)
        self.up, self.down = nn.Linear(hidden, ffn), nn.Linear(ffn, hidden)
        self.head = nn.Linear(hidden, torch_peer.CLASSES)

    @staticmethod
    def gelu(x):
        return 0.5 * x * (1.0 + torch.tanh(0.7978845608 * (x + 0.044715 * x * x * x)))

    def forward(self, ids, mask):
        x = self.word(ids) + self.pos(torch.arange(ids.shape[1]))[None] + self.kind(torch.zeros_like(ids))
        x = self.widen(self.norm(x))
        bias = (1.0 - mask.float())[:, None, None, :] * -1e4
        for _ in range(self.times):
            x = self.n1(x + self.o(attend(self.q(x), self.k(x), self.v(x), bias, self.heads, 0.0)))
            x = self.n2(x + self.down(self.gelu(self.up(x))))
        return self.head(x)


NETWORKS = {"mobilebert": MobileBert, "albert": Albert}
build_theirs = torch_peer.build


def build(name, hidden, emb):
    return NETWORKS[name]() if name in NETWORKS else build_theirs(name, hidden, emb)


def export(folder, name):
    warnings.filterwarnings("ignore")
    torch.manual_seed(1)
    ids, mask = torch.randint(1, torch_peer.VOCAB, (2, 44)), torch.ones(2, 44, dtype=torch.bool)
    os.makedirs(folder, exist_ok=True)
    torch.onnx.export(build(name, 300, 300).eval(), (ids, mask), os.path.join(folder, name + ".onnx"),
                      input_names=["ids", "mask"], output_names=["logits"],
                      dynamic_axes={"ids": {0: "b", 1: "t"}, "mask": {0: "b", 1: "t"}}, opset_version=13)


torch_peer.build = build
torch_peer.SHAPES.update({name: None for name in NETWORKS})  # so that --model takes them
if sys.argv[2] == "export":
    export(sys.argv[3], sys.argv[4])
else:
    sys.argv = [sys.argv[0], *sys.argv[3:]]
    torch_peer.main()

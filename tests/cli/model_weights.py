"""Small BERT and DistilBERT checkpoints as PyTorch saves them, with their outputs in float64.

    model_weights.py FOLDER               writes bert/, distilbert/, ids.txt, foreign.bin, path.bin
    model_weights.py --compare WANT GOT   exits 1 when figures differ by more than 1e-5
"""
import json
import os
import sys
import zipfile

import torch
import torch.nn.functional as F

V, H, A, L, FF, P, K = 17, 12, 3, 2, 20, 9, 4
SENTENCES = [[1, 5, 16, 2], [3], [4, 4, 9, 0, 11, 7]]
DISTIL = [("encoder.layer", "transformer.layer"), ("attention.self.query", "attention.q_lin"),
          ("attention.self.key", "attention.k_lin"), ("attention.self.value", "attention.v_lin"),
          ("attention.output.dense", "attention.out_lin"),
          ("attention.output.LayerNorm", "sa_layer_norm"), ("intermediate.dense", "ffn.lin1"),
          ("output.dense", "ffn.lin2"), ("output.LayerNorm", "output_layer_norm"),
          ("bert.", "distilbert.")]


def weights(segments):
    torch.manual_seed(3)
    shapes = {"bert.embeddings.word_embeddings.weight": (V, H),
              "bert.embeddings.position_embeddings.weight": (P, H)}
    if segments:
        shapes["bert.embeddings.token_type_embeddings.weight"] = (2, H)
    shapes["bert.embeddings.LayerNorm.gamma"] = shapes["bert.embeddings.LayerNorm.beta"] = (H,)
    for l in range(L):
        p = f"bert.encoder.layer.{l}."
        for part, o, i in [("attention.self.query", H, H), ("attention.self.key", H, H),
                           ("attention.self.value", H, H), ("attention.output.dense", H, H),
                           ("intermediate.dense", FF, H), ("output.dense", H, FF)]:
            shapes[p + part + ".weight"], shapes[p + part + ".bias"] = (o, i), (o,)
        for part in ["attention.output.LayerNorm", "output.LayerNorm"]:
            shapes[p + part + ".weight"] = shapes[p + part + ".bias"] = (H,)
    shapes["classifier.weight"], shapes["classifier.bias"] = (K, H), (K,)
    return {name: torch.randn(shape) * 0.4 for name, shape in shapes.items()}


def forward(w, ids):
    w = {n.replace("gamma", "weight").replace("beta", "bias"): x.double() for n, x in w.items()}
    lin = lambda x, p: F.linear(x, w[p + ".weight"], w[p + ".bias"])
    norm = lambda x, p: F.layer_norm(x, (H,), w[p + ".weight"], w[p + ".bias"], 1e-12)
    e = "bert.embeddings."
    x = w[e + "word_embeddings.weight"][ids] + w[e + "position_embeddings.weight"][:len(ids)]
    if e + "token_type_embeddings.weight" in w:
        x = x + w[e + "token_type_embeddings.weight"][0]
    x = norm(x, e + "LayerNorm")
    hidden = [x]
    for l in range(L):
        p = f"bert.encoder.layer.{l}."
        q, k, v = (lin(x, p + "attention.self." + n).view(-1, A, H // A).transpose(0, 1)
                   for n in ("query", "key", "value"))
        y = torch.softmax(q @ k.transpose(1, 2) / (H // A) ** 0.5, -1) @ v
        y = lin(y.transpose(0, 1).reshape(-1, H), p + "attention.output.dense")
        x = norm(x + y, p + "attention.output.LayerNorm")
        y = lin(F.gelu(lin(x, p + "intermediate.dense")), p + "output.dense")
        x = norm(x + y, p + "output.LayerNorm")
        hidden.append(x)
    return {"logits": lin(x, "classifier").tolist(), "hidden": [h.tolist() for h in hidden]}


def save(folder, w, config):
    os.makedirs(folder)
    state = w
    if folder.endswith("distilbert"):
        state = {}
        for name, x in w.items():
            for ours, theirs in DISTIL:
                name = name.replace(ours, theirs)
            state[name] = x
    torch.save(state, folder + "/pytorch_model.bin")
    json.dump(config, open(folder + "/config.json", "w"))
    json.dump([forward(w, ids) for ids in SENTENCES], open(folder + "/want.json", "w"))


def make(folder):
    save(folder + "/bert", weights(True), {
        "architectures": ["BertForTokenClassification"], "model_type": "bert", "vocab_size": V,
        "hidden_size": H, "num_hidden_layers": L, "num_attention_heads": A,
        "intermediate_size": FF, "max_position_embeddings": P, "type_vocab_size": 2})
    save(folder + "/distilbert", weights(False), {
        "architectures": ["DistilBertForTokenClassification"], "model_type": "distilbert",
        "vocab_size": V, "dim": H, "n_layers": L, "n_heads": A, "hidden_dim": FF,
        "max_position_embeddings": P})
    with open(folder + "/ids.txt", "w") as out:
        out.writelines(" ".join(map(str, ids)) + "\n" for ids in SENTENCES)
    torch.save({"w": torch.device("cpu")}, folder + "/foreign.bin")
    with zipfile.ZipFile(folder + "/path.bin", "w") as out:
        out.writestr("a/../../data.pkl", "x")


def flat(x):
    return [x] if isinstance(x, (int, float)) else [z for y in x for z in flat(y)]


def compare(want, got):
    want, got = json.load(open(want)), [json.loads(line) for line in open(got)]
    worst = 0.0
    for a, b in zip(want, got, strict=True):
        for key in ("logits", "hidden"):
            worst = max([worst] + [abs(x - y) for x, y in zip(flat(a[key]), flat(b[key]), strict=True)])
    print("largest difference", worst)
    return worst > 1e-5


if sys.argv[1] == "--compare":
    sys.exit(compare(sys.argv[2], sys.argv[3]))
make(sys.argv[1])

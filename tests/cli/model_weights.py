"""What tests/cli/model_weights.sh asks of Python. All but the last need no PyTorch.

    model_weights.py want FOLDER GOT        GOT (lines of `model forward --hidden`) is FOLDER/want.json
    model_weights.py equal A.json B.json    two lists of `model tensors`: same names, shapes and digests
    model_weights.py bad FOLDER             files that lie, one for each thing to refuse
    model_weights.py vectors VOCAB OUT      word vectors of width 16 for every second piece of VOCAB
    model_weights.py filled VOCAB VECTORS GOT   GOT's embedding output has those vectors
    model_weights.py load EXPORTED GOLDEN...    PyTorch modules take exported folders, and say what GOLDEN wants
    model_weights.py bilstm EXPORTED GOT    the same of a BiLSTM; GOT is what `model forward` says
"""
import json
import os
import struct
import sys
import zipfile


def flat(x):
    return [x] if isinstance(x, (int, float)) else [z for y in x for z in flat(y)]


def lines(path):
    with open(path) as file:
        return [json.loads(line) for line in file]


def read(path):
    with open(path) as file:
        return json.load(file)


def near(a, b, within=3e-6):
    a, b = flat(a), flat(b)
    assert len(a) == len(b), (len(a), len(b))
    worst = max(abs(x - y) / max(1.0, abs(x)) for x, y in zip(a, b))
    assert worst <= within, worst


def want(folder, got):
    said = read(folder + "/want.json")["said"]
    assert len(said) == len(lines(got))
    for a, b in zip(said, lines(got)):
        assert set(a) == set(b), (set(a), set(b))
        for key in a:
            near(a[key], b[key])


def equal(a, b):
    key = lambda t: (t["name"], t["shape"], t["digest"])
    assert sorted(map(key, read(a))) == sorted(map(key, read(b)))


def bad(folder):
    entry = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}

    def tensors(name, header, data=b"", length=None):
        text = header if isinstance(header, bytes) else json.dumps(header).encode()
        with open(f"{folder}/{name}.safetensors", "wb") as out:
            out.write(struct.pack("<Q", len(text) if length is None else length) + text + data)

    tensors("huge", {}, length=1 << 63)
    tensors("negative", {"w": {**entry, "shape": [-2]}}, bytes(8))
    tensors("past", {"w": {**entry, "data_offsets": [0, 16], "shape": [4]}}, bytes(8))
    tensors("overlap", {"w": entry, "x": {**entry, "data_offsets": [4, 12]}}, bytes(12))
    tensors("twice", b'{"w": {}, "w": {}}')
    tensors("deep", b"[" * 200000)
    tensors("long", b" " * (5 << 20))
    tensors("nan", {"w": entry}, struct.pack("<ff", 1.0, float("nan")))
    tensors("inf", {"w": {**entry, "dtype": "F16", "data_offsets": [0, 4]}}, struct.pack("<HH", 0, 0x7C00))
    with zipfile.ZipFile(folder + "/path.bin", "w") as out:
        out.writestr("a/../../data.pkl", "x")
    with zipfile.ZipFile(folder + "/global.bin", "w") as out:
        out.writestr("a/data.pkl", b"\x80\x02cos\nsystem\nX\x02\x00\x00\x00ls\x85R.")


def words_of(path):
    with open(path) as file:
        return [line.rstrip("\n") for line in file]


def vectors(vocab, out):
    with open(out, "w") as file:
        for k, word in enumerate(words_of(vocab)):
            if k % 2 == 0:
                file.write(" ".join([word] + [f"{(k * 16 + d) % 97 / 64:.6f}" for d in range(16)]) + "\n")


def filled(vocab, path, got):
    rows = {row.split(" ")[0]: [float(x) for x in row.split()[1:]] for row in words_of(path)}
    found = [row for line in lines(got) for row in line["hidden"][0]]
    words = words_of(vocab)
    assert len(found) == len(words) and len(rows) > 10
    for word, row in zip(words, found):
        if word in rows:
            near(rows[word], row, 0)


def open_exported(folder):
    import torch
    with open(folder + "/model.safetensors", "rb") as file:
        length, = struct.unpack("<Q", file.read(8))
        header, data = json.loads(file.read(length)), file.read()
    state = {}
    for name, t in header.items():
        if name != "__metadata__":
            begin, end = t["data_offsets"]
            state[name] = torch.frombuffer(bytearray(data[begin:end]), dtype=torch.float32).reshape(t["shape"])
    return state, read(folder + "/config.json")


def load(*folders):
    for exported, golden in zip(folders[::2], folders[1::2]):
        load_one(exported, golden)


def load_one(exported, golden):
    import torch
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../golden"))
    import make_checkpoints as made
    state, config = open_exported(exported)
    family = {"bert": made.Bert, "distilbert": made.DistilBert, "roberta": made.Roberta,
              "albert": made.Albert, "mobilebert": made.MobileBert}[config["model_type"]]
    head = os.path.basename(golden).split("-")[1]
    choices = {"pools": config["classifier_activation"]} if "classifier_activation" in config else {}
    net = family(head, config.get("hidden_act", config.get("activation")), **choices)
    module = getattr(net, config["model_type"]) if head == "none" else net
    report = module.load_state_dict(state, strict=False)
    assert report.unexpected_keys == [], report
    assert set(report.missing_keys) <= {"vocab_projector.weight"}, report  # tied: the library fills it
    net.double()
    reference = read(golden + "/want.json")
    for ids, said in zip(reference["sentences"], reference["said"]):
        with torch.no_grad():
            logits, hidden = net(ids)
        near(said["hidden"], [h.tolist() for h in hidden])
        if logits is not None:
            near(said["logits"], logits.tolist())


def bilstm(exported, got):
    import torch
    from torch import nn
    state, config = open_exported(exported)

    class Tagger(nn.Module):
        def __init__(self, c):
            super().__init__()
            self.embedding = nn.Embedding(c["vocab"], c["embedding"])
            self.lstm = nn.LSTM(c["embedding"], c["hidden"], c["layers"], batch_first=True, bidirectional=True)
            self.classifier = nn.Linear(2 * c["hidden"], len(c["id2label"]))

        def forward(self, ids):
            return self.classifier(self.lstm(self.embedding(ids))[0])

    assert config["model_type"] == "kdgrid" and config["kind"] == "bilstm"
    net = Tagger(config).eval()
    net.load_state_dict(state)
    for line, ids in zip(lines(got), words_of(os.path.dirname(got) + "/ids.txt")):
        with torch.no_grad():
            near(line["logits"], net(torch.tensor([[int(x) for x in ids.split()]]))[0].tolist())


globals()[sys.argv[1]](*sys.argv[2:])

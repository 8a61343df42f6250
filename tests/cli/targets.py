"""targets.py CORPUS.h5 OUT.h5 [FAULT] - logits "computed elsewhere": the true labels of a corpus, as
a perfect teacher would say them, in the layout of docs/FORMATS.md. FAULT spoils one thing."""
import sys

import h5py
import numpy as np

corpus, out, fault = sys.argv[1], sys.argv[2], (sys.argv + [""])[3]

with h5py.File(corpus) as c, h5py.File(out, "w") as f:
    labels = c["labels"].asstr()[()].split("\n")[:-1]
    begin, ids = c["train/piece_begin"][:], c["train/ids"][:]
    by_piece = "tags" in c["train"]
    gold = c["train/tags" if by_piece else "train/labels"][:]
    names = list(labels)
    if fault == "order":
        names[0], names[1] = names[1], names[0]
    if fault == "names":
        names.append("B-other")
    f["labels"] = names
    f.attrs["source"] = "the true labels, as logits"
    for n, (b, e) in enumerate(zip(begin[:-1], begin[1:])):
        rows = gold[b:e] if by_piece else gold[n:n + 1]
        logits = np.full((len(rows), len(labels)), -2, "float16")
        logits[np.arange(len(rows))[rows >= 0], rows[rows >= 0]] = 4
        pieces = ids[b:e].astype("int64")
        if n == 3 and fault == "pieces":
            pieces[1] += 1
        if n == 3 and fault == "length":
            pieces = pieces[:-1]
        if n == 3 and fault == "shape":
            logits = logits[:, :-1]
        if n == 3 and fault == "nan":
            logits[0, 0] = np.nan
        if n == 3 and fault == "missing":
            continue
        f[f"ids/{n}"], f[f"logits/{n}"] = pieces, logits

#!/usr/bin/env python3
"""predict.py - what model.onnx says of texts, one a line on standard input, or two with a tab between for a model of
pairs: an object of JSON a line.

Needs onnxruntime, and numpy, which comes with it; where tokenizer.json is not of WordPiece also the
package tokenizers. A row that is longer than the network takes is cut at its end.
"""
import json, os, sys, unicodedata
import numpy, onnxruntime

here = os.path.dirname(os.path.abspath(__file__))
session = onnxruntime.InferenceSession(os.path.join(here, "model.onnx"), providers=["CPUExecutionProvider"])
told = session.get_modelmeta().custom_metadata_map
labels = told["labels"].splitlines()
has_crf = "tags" in [out.name for out in session.get_outputs()]
cls, sep, pad, longest = (int(told[key]) for key in ("cls", "sep", "pad", "longest"))
room = longest - 2 if longest else None
between = [sep] * int(told["separators"]) if told.get("texts") == "2" else []
form = json.load(open(os.path.join(here, "tokenizer.json"), encoding="utf-8"))
model, steps = form["model"], json.dumps(form["normalizer"])
lowers, strips = '"lowercase": true' in steps or "Lowercase" in steps, '"strip_accents": true' in steps


def stands_alone(c):
    name = unicodedata.name(c, "")
    return unicodedata.category(c)[0] == "P" or ("!" <= c <= "~" and not c.isalnum()) or name.startswith("CJK UNIFIED")


def words_of(text):
    """Where words begin and end: at blanks, and around every mark of punctuation."""
    begin = 0
    for i, c in enumerate(text + " "):
        if c.isspace() or stands_alone(c):
            yield from [(begin, i)] * (begin < i) + [(i, i + 1)] * (not c.isspace())
            begin = i + 1


def pieces_of(word):
    """The longest piece first, again and again; one unknown piece when that finds no way."""
    ids, begin = [], 0
    while begin < len(word):
        ends = range(len(word), begin, -1) if len(word) <= model["max_input_chars_per_word"] else ()
        piece = next((p for p in ("##" * (begin > 0) + word[begin:end] for end in ends) if p in model["vocab"]), None)
        if piece is None:
            return [model["vocab"][model["unk_token"]]]
        ids.append(model["vocab"][piece])
        begin += len(piece) - 2 * (begin > 0)
    return ids


def cut(text):
    """Ids of a text's pieces, and where each one's word begins and ends."""
    if model["type"] != "WordPiece":
        from tokenizers import Tokenizer
        made = Tokenizer.from_file(os.path.join(here, "tokenizer.json")).encode(text, add_special_tokens=False)
        spans = {}
        for word, (begin, end) in zip(made.word_ids, made.offsets):
            spans[word] = spans.get(word, (begin, end))[0], end
        return made.ids, [spans[word] for word in made.word_ids]
    ids, places = [], []
    for begin, end in words_of(text):
        word = text[begin:end].lower() if lowers else text[begin:end]
        if strips:
            word = "".join(c for c in unicodedata.normalize("NFD", word) if unicodedata.category(c) != "Mn")
        pieces = pieces_of(word)
        ids, places = ids + pieces, places + [(begin, end)] * len(pieces)
    return ids, places


def pair(text):
    """Ids of two texts, the longer of which is cut, and which of them each piece is of."""
    first, second = (cut(part)[0] for part in (text.split("\t") + [""])[:2])
    while longest and len(first) + len(second) + len(between) + 2 > longest:
        (first if len(first) > len(second) else second).pop()
    begin = [cls, *first, *between]
    return begin + second + [sep], [0] * len(begin) + [1] * (len(second) + 1)


def answer(texts):
    rows = [([], []) if between else cut(text) for text in texts]
    ids, kinds = zip(*map(pair, texts)) if between else ([[cls, *row[:room], sep] for row, _ in rows], [])
    firsts = [[i for i, place in enumerate(places[:room]) if i == 0 or place != places[i - 1]] for _, places in rows]
    most = max(map(len, ids))
    fed = {"input_ids": numpy.array([row + [pad] * (most - len(row)) for row in ids], numpy.int64),
           "attention_mask": numpy.array([[1] * len(row) + [0] * (most - len(row)) for row in ids], numpy.int64)}
    if "token_type_ids" in [one.name for one in session.get_inputs()]:
        fed["token_type_ids"] = numpy.array([row + [0] * (most - len(row)) for row in kinds], numpy.int64)
    if has_crf:
        fed["word_starts"] = numpy.zeros((len(rows), most), numpy.int64)
        for starts, own in zip(fed["word_starts"], firsts):
            starts[[i + 1 for i in own]] = 1
    said, *path = session.run(["logits", "tags"] if has_crf else ["logits"], fed)
    best = path[0] if has_crf else said.argmax(-1)
    for text, (_, places), own, logits, most_likely in zip(texts, rows, firsts, said, best):
        if told["head"] == "class":
            yield {"text": text, "label": labels[most_likely]}
        elif told["head"] == "multilabel":
            yield {"text": text, "labels": [label for label, x in zip(labels, logits) if x > 0]}
        else:
            yield {"text": text, "words": [[*places[i], labels[most_likely[i + 1]]] for i in own]}


if __name__ == "__main__":
    lines = [line.rstrip("\n") for line in sys.stdin]
    for begin in range(0, len(lines), 32):
        for said in answer(lines[begin:begin + 32]):
            print(json.dumps(said, ensure_ascii=False))

#!/usr/bin/env python3
"""predict.py - what model.onnx says of texts, one a line on standard input: an object of JSON a line.

Needs onnxruntime, and numpy, which comes with it. A row that is longer than the network takes is cut at its end.
"""
import json, os, sys
import numpy, onnxruntime

here = os.path.dirname(os.path.abspath(__file__))
session = onnxruntime.InferenceSession(os.path.join(here, "model.onnx"), providers=["CPUExecutionProvider"])
told = session.get_modelmeta().custom_metadata_map
labels = told["labels"].splitlines()
cls, sep, pad, longest = (int(told[key]) for key in ("cls", "sep", "pad", "longest"))
room = longest - 2 if longest else None

def padded(rows, filler):
    most = max(map(len, rows))
    return numpy.array([row + [filler] * (most - len(row)) for row in rows], numpy.int64)

def ask(ids, output="logits", **others):
    fed = {"input_ids": padded(ids, pad), "attention_mask": padded([[1] * len(row) for row in ids], 0)}
    return session.run([output], fed | {name: padded(rows, 0) for name, rows in others.items()})[0]

#!/usr/bin/python3
"""Makes op_lstm.json: one bidirectional LSTM layer by PyTorch (Debian: python3-torch), in double.

Sentences of uneven length, packed one after another; the loss is sum(y * r) for fixed r, so
that every gradient is reached. Run it beside this file: ./make_op_lstm.py > op_lstm.json
"""
import json

import torch

torch.manual_seed(20)
lengths, inputs, hidden = [4, 1, 7, 2, 4], 3, 5
lstm = torch.nn.LSTM(inputs, hidden, bidirectional=True, batch_first=True).double()
x = torch.randn(sum(lengths), inputs, dtype=torch.double, requires_grad=True)
r = torch.randn(sum(lengths), 2 * hidden, dtype=torch.double)
y = torch.cat([lstm(part[None])[0][0] for part in torch.split(x, lengths)])
(y * r).sum().backward()


def rounded(t):
    return [float("%.9g" % v) for v in t.detach().reshape(-1).tolist()]


doc = {"source": "torch %s, torch.nn.LSTM, double, by make_op_lstm.py" % torch.__version__,
       "lengths": lengths, "inputs": inputs, "hidden": hidden,
       "x": rounded(x), "r": rounded(r), "y": rounded(y), "dx": rounded(x.grad)}
for d, end in enumerate(("", "_reverse")):
    for name, key in (("weight_ih", "w_ih"), ("weight_hh", "w_hh"), ("bias_ih", "b_ih"), ("bias_hh", "b_hh")):
        p = getattr(lstm, name + "_l0" + end)
        doc["%s_%d" % (key, d)] = rounded(p)
        doc["d%s_%d" % (key, d)] = rounded(p.grad)
print("{\n" + ",\n".join("%s: %s" % (json.dumps(k), json.dumps(v)) for k, v in doc.items()) + "\n}")

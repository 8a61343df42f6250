"""onnx_pairs.py FOLDER PAIRS IDS KINDS - the rows that FOLDER/predict.py makes of two texts a line: their ids, and which text each
piece is of. What it needs besides its files is played, for it is not asked."""
import sys, types

folder, pairs, ids, kinds = sys.argv[1:]
told = dict(line.rstrip("\n").split("\t") for line in open(folder + "/told"))


class Session:
    def __init__(self, *given, **named):
        pass

    def get_modelmeta(self):
        return types.SimpleNamespace(custom_metadata_map={**told, "labels": "no\nyes\n"})


sys.modules["numpy"] = types.ModuleType("numpy")
sys.modules["onnxruntime"] = types.SimpleNamespace(InferenceSession=Session)
sys.path.insert(0, folder)
import predict

with open(ids, "w") as of_ids, open(kinds, "w") as of_kinds:
    for line in open(pairs):
        row, kind = predict.pair(line.rstrip("\n"))
        print(*row, file=of_ids)
        print(*kind, file=of_kinds)

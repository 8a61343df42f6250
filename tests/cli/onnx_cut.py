"""onnx_cut.py FOLDER - how FOLDER/predict.py cuts texts, one a line, as `kdgrid data tokenize` prints them. What it needs
besides its files is played, for it is not asked."""
import sys, types


class Session:
    def __init__(self, *given, **named):
        pass

    def get_modelmeta(self):
        told = {"labels": "O\n", "head": "tags", "cls": "2", "sep": "3", "pad": "0", "longest": "0"}
        return types.SimpleNamespace(custom_metadata_map=told)


sys.modules["numpy"] = types.ModuleType("numpy")
sys.modules["onnxruntime"] = types.SimpleNamespace(InferenceSession=Session)
sys.path.insert(0, sys.argv[1])
import predict

pieces = {i: piece for piece, i in predict.model["vocab"].items()}
for line in sys.stdin:
    print(" ".join(pieces[i] for i in predict.cut(line.rstrip("\n"))[0]))

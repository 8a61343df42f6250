"""onnxruntime.py - as much of the Python package as predict.py asks for, by the runtime that node has in $KDGRID_ONNXRUNTIME."""
import json, os, subprocess, types
import numpy

here = os.path.dirname(os.path.abspath(__file__))


def number(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at, value, shift = at + 1, value | (byte & 127) << shift, shift + 7
        if byte < 128:
            return value, at


def fields(data):
    """Of a protobuf message that has numbers and bytes alone: (field, value)."""
    at = 0
    while at < len(data):
        tag, at = number(data, at)
        value, at = number(data, at)
        if tag & 7 == 2:
            value, at = data[at:at + value], at + value
        yield tag >> 3, value


class InferenceSession:
    def __init__(self, path, providers):
        with open(path, "rb") as file:
            notes = [dict(fields(value)) for field, value in fields(file.read()) if field == 14]
        self.notes = {note[1].decode(): note[2].decode() for note in notes}
        self.node = subprocess.Popen(["node", os.path.join(here, "session.js"), os.environ["KDGRID_ONNXRUNTIME"], path],
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.inputs, self.outputs = json.loads(self.node.stdout.readline())

    def get_modelmeta(self):
        return types.SimpleNamespace(custom_metadata_map=self.notes)

    def get_inputs(self):
        return [types.SimpleNamespace(name=name) for name in self.inputs]

    def get_outputs(self):
        return [types.SimpleNamespace(name=name) for name in self.outputs]

    def run(self, names, fed):
        asked = {"names": names, "fed": {name: {"dims": x.shape, "data": x.ravel().tolist()} for name, x in fed.items()}}
        self.node.stdin.write(json.dumps(asked) + "\n")
        self.node.stdin.flush()
        return [numpy.array(x["data"]).reshape(x["dims"]) for x in json.loads(self.node.stdout.readline())]

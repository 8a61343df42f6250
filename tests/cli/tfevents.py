"""tfevents.py FOLDER CELL.json - read event files by the rules of TFRecord and protocol buffers, without TensorFlow, and
hold the curves of one cell against what `kdgrid show --json` says."""
import glob, json, math, struct, sys


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def records(data):
    at = 0
    while at < len(data):
        (length,) = struct.unpack_from("<Q", data, at)
        assert struct.unpack_from("<I", data, at + 8)[0] == masked(data[at:at + 8]), "checksum of a length"
        event = data[at + 12:at + 12 + length]
        assert len(event) == length
        assert struct.unpack_from("<I", data, at + 12 + length)[0] == masked(event), "checksum of an event"
        yield event
        at += 16 + length


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if not data[at - 1] & 0x80:
            return value, at


def fields(data):
    at, found = 0, {}
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        elif key & 7 == 1:
            (value,), at = struct.unpack_from("<d", data, at), at + 8
        elif key & 7 == 5:
            (value,), at = struct.unpack_from("<f", data, at), at + 4
        else:
            assert key & 7 == 2, key
            length, at = varint(data, at)
            value, at = data[at:at + length], at + length
        assert key >> 3 not in found
        found[key >> 3] = value
    return found


def curves(path):
    events = [fields(e) for e in records(open(path, "rb").read())]
    assert events[0][3] == b"brain.Event:2" and set(events[0]) == {1, 3}, events[0]
    found = {}
    for event in events[1:]:
        value = fields(fields(event[5])[1])
        assert set(event) == {1, 2, 5} and event[1] > 1e9, event
        found.setdefault(value[1].decode(), []).append((event[2], value[2]))
    return found


folder, cell = sys.argv[1], json.load(open(sys.argv[2]))
files = glob.glob(folder + "/*/events.out.tfevents.*")
assert len(files) == 5, files
for path in files:
    assert {"loss", "epoch", "score"} <= set(curves(path)), path
(best,) = [path for path in files if path.split("/")[-2].startswith(cell["id"][:12])]
got, history = curves(best), cell["history"]
for name, values in history.items():
    if name == "update":
        continue
    tag = name.replace("part.", "part/", 1) if name.startswith("part.") else name
    want = [(int(u), v) for u, v in zip(history["update"], values) if v is not None]
    assert [s for s, _ in got[tag]] == [s for s, _ in want], tag
    assert all(math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-9) for (_, a), (_, b) in zip(got[tag], want)), tag

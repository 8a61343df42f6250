// onnx.js PACKAGES MODEL.onnx IDS.txt [KINDS.txt] - what ONNX Runtime says of the file's sentences as one padded batch: their logits
// as `kdgrid model forward` prints them, padding left out. PACKAGES is the folder that has onnxruntime-node.
// KINDS has, for each id of a graph of two texts, which of them its piece is of.
const [packages, model, path, kinds] = process.argv.slice(2);
const ort = require(require.resolve("onnxruntime-node", { paths: [packages] }));
const read = (from) => require("fs").readFileSync(from, "utf8").trim().split("\n").map((line) => line.trim().split(/\s+/).map(Number));
const rows = read(path);
const most = Math.max(...rows.map((row) => row.length)) + 1; // padding everywhere

const fill = (of, rows) => {
  const values = new BigInt64Array(rows.length * most);
  rows.forEach((row, b) => row.forEach((id, t) => (values[b * most + t] = BigInt(of(id)))));
  return new ort.Tensor("int64", values, [rows.length, most]);
};

(async () => {
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1 });
  const fed = { input_ids: fill((id) => id, rows), attention_mask: fill(() => 1, rows) };
  if (session.inputNames.includes("word_starts")) fed.word_starts = fill(() => 1, rows);
  if (session.inputNames.includes("token_type_ids")) fed.token_type_ids = kinds ? fill((kind) => kind, read(kinds)) : fill(() => 0, rows);
  const { logits } = await session.run(fed);
  const width = logits.dims[logits.dims.length - 1];
  rows.forEach((row, b) => {
    const count = logits.dims.length === 3 ? row.length : 1, begin = b * (logits.dims.length === 3 ? most : 1);
    const said = Array.from({ length: count }, (_, t) => Array.from(logits.data.slice((begin + t) * width, (begin + t + 1) * width)));
    console.log(JSON.stringify({ logits: said }));
  });
})().catch((error) => { console.error(String(error)); process.exit(1); });

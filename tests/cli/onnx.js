// onnx.js PACKAGES MODEL.onnx IDS.txt - what ONNX Runtime says of the file's sentences as one padded batch: their logits
// as `kdgrid model forward` prints them, padding left out. PACKAGES is the folder that has onnxruntime-node.
const [packages, model, path] = process.argv.slice(2);
const ort = require(require.resolve("onnxruntime-node", { paths: [packages] }));
const rows = require("fs").readFileSync(path, "utf8").trim().split("\n").map((line) => line.trim().split(/\s+/).map(Number));
const most = Math.max(...rows.map((row) => row.length)) + 1; // padding everywhere

const fill = (of) => {
  const values = new BigInt64Array(rows.length * most);
  rows.forEach((row, b) => row.forEach((id, t) => (values[b * most + t] = BigInt(of(id)))));
  return new ort.Tensor("int64", values, [rows.length, most]);
};

(async () => {
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1 });
  const fed = { input_ids: fill((id) => id), attention_mask: fill(() => 1) };
  if (session.inputNames.includes("word_starts")) fed.word_starts = fill(() => 1);
  const { logits } = await session.run(fed);
  const width = logits.dims[logits.dims.length - 1];
  rows.forEach((row, b) => {
    const count = logits.dims.length === 3 ? row.length : 1, begin = b * (logits.dims.length === 3 ? most : 1);
    const said = Array.from({ length: count }, (_, t) => Array.from(logits.data.slice((begin + t) * width, (begin + t + 1) * width)));
    console.log(JSON.stringify({ logits: said }));
  });
})().catch((error) => { console.error(String(error)); process.exit(1); });

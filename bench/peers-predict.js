// peers-predict.js PACKAGES MODEL.onnx LENGTHS THREADS STEPS BATCH ORDER - ONNX Runtime's side of peers-predict.sh: drawn pieces
// of these lengths (one count a line, cut at 200, and the two pieces around a sentence) through a graph of `kdgrid model export`,
// padded to the longest of a batch. ORDER is "sorted", a batch of neighbours by length and the same sentences in the same order
// as `kdgrid bench infer`, or "file", a batch of neighbours in the file. Prints one JSON object.
const [packages, model, path, threads, steps, batch, order] = process.argv.slice(2);
const ort = require(require.resolve("onnxruntime-node", { paths: [packages] }));
const FIRST = 10, APART = 7919, count = +batch;
const lengths = require("fs").readFileSync(path, "utf8").trim().split("\n").map((line) => Math.min(+line, 200) + 2);
if (order === "sorted" && count > 1) lengths.sort((x, y) => x - y);

const own = (step) => {
  const at = ((FIRST + step) * (count > 1 ? APART : 1)) % Math.floor(lengths.length / count);
  return lengths.slice(at * count, (at + 1) * count);
};

const feeds = (rows) => {
  const most = Math.max(...rows), ids = new BigInt64Array(count * most), mask = new BigInt64Array(count * most);
  rows.forEach((length, b) => {
    for (let t = 0; t < length; t++) {
      ids[b * most + t] = BigInt(Math.floor(Math.random() * 100));
      mask[b * most + t] = 1n;
    }
  });
  const tensor = (values) => new ort.Tensor("int64", values, [count, most]);
  return { input_ids: tensor(ids), attention_mask: tensor(mask) };
};

(async () => {
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: +threads, interOpNumThreads: 1 });
  const times = [];
  for (let step = -FIRST; step < +steps; step++) {
    const fed = feeds(own(Math.max(step, 0))), begin = process.hrtime.bigint();
    await session.run(fed);
    if (step >= 0) times.push(Number(process.hrtime.bigint() - begin) / 1e6);
  }
  const total = times.reduce((x, y) => x + y, 0);
  times.sort((x, y) => x - y);
  console.log(JSON.stringify({ ms_per_step_median: +times[times.length >> 1].toFixed(4), sentences_per_s: +((1e3 * count * +steps) / total).toFixed(1) }));
})().catch((error) => { console.error(String(error)); process.exit(1); });

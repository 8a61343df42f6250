// session.js PACKAGES MODEL.onnx - prints the names of the model's inputs and outputs, then for each line on standard input,
// inputs of int64 and the outputs that are wanted, a line with those.
const [packages, model] = process.argv.slice(2);
const ort = require(require.resolve("onnxruntime-node", { paths: [packages] }));

(async () => {
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1 });
  console.log(JSON.stringify([session.inputNames, session.outputNames]));
  for await (const line of require("readline").createInterface({ input: process.stdin })) {
    const { names, fed } = JSON.parse(line);
    const tensors = Object.entries(fed).map(([name, x]) => [name, new ort.Tensor("int64", BigInt64Array.from(x.data, BigInt), x.dims)]);
    const said = await session.run(Object.fromEntries(tensors), names);
    console.log(JSON.stringify(names.map((name) => ({ dims: said[name].dims, data: Array.from(said[name].data, Number) }))));
  }
})().catch((error) => { console.error(String(error)); process.exit(1); });

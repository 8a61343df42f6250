"""Makes the pieces in tokens.json, and unigram.model: our own strings and small WordPiece
vocabularies, which stand in tokens.json, cut into pieces by other programs.

    python3 make_tokens.py NODE_FOLDER

wordpiece, bpe: npm package @huggingface/tokenizers 0.2.0 (in NODE_FOLDER/node_modules)
unigram:        python3-sentencepiece 0.1.97 of Debian 12, which also trains the model; an
                uncased text goes through Python's unicodedata first, as ALBERT's code does it
"""
import collections, io, json, os, subprocess, sys, tempfile, unicodedata
import sentencepiece

HERE = os.getcwd()
GOLDEN = json.load(open("tokens.json"))
TEXTS = GOLDEN["texts"]

NODE = """
import { Tokenizer } from "@huggingface/tokenizers"; import fs from "fs";
const jobs = JSON.parse(fs.readFileSync(0, "utf8"));
console.log(JSON.stringify(jobs.map(job => {
  const t = new Tokenizer(job.config, {});
  return job.texts.map(s => t.encode(s, { add_special_tokens: false }).tokens);
})));
"""


def run_node(folder, jobs):
    done = subprocess.run(["node", "--input-type=module", "-e", NODE], cwd=folder, check=True,
                          input=json.dumps(jobs), capture_output=True, text=True)
    return json.loads(done.stdout)


def config(model, normalizer, pre):
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [],
            "normalizer": normalizer, "pre_tokenizer": pre, "post_processor": None,
            "decoder": None, "model": model}


def wordpiece(pieces, lower):
    return config({"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                   "max_input_chars_per_word": 100, "vocab": {p: i for i, p in enumerate(pieces)}},
                  {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
                   "strip_accents": None, "lowercase": lower}, {"type": "BertPreTokenizer"})


def alphabet():
    seen = [*range(33, 127), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    rest = [b for b in range(256) if b not in seen]
    return {**{b: chr(b) for b in seen}, **{b: chr(256 + i) for i, b in enumerate(rest)}}


def train_bpe(merges_wanted):
    """Frequent neighbours of words with their blank, over the bytes' alphabet."""
    letters = alphabet()
    words = collections.Counter()
    for text in TEXTS:
        for i, word in enumerate(text.split(" ")):
            words[tuple(letters[b] for b in ((" " if i else "") + word).encode())] += 1
    merges = []
    while len(merges) < merges_wanted:
        pairs = collections.Counter()
        for word, n in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += n
        best = max(pairs, key=lambda p: (pairs[p], p))
        merges.append(" ".join(best))
        merged = collections.Counter()
        for word, n in words.items():
            out, i = [], 0
            while i < len(word):
                joins = word[i:i + 2] == best
                out.append("".join(best) if joins else word[i])
                i += 2 if joins else 1
            merged[tuple(out)] += n
        words = merged
    pieces = ["<s>", "<pad>", "</s>", "<unk>", *letters.values()]
    pieces += [p for p in dict.fromkeys(m.replace(" ", "") for m in merges) if p not in pieces]
    return pieces, merges


def train_unigram():
    rules = "FB01\t66 69\nFF24\t44\nFF2E\t4E\nFF21\t41\nA0\t20\n2009\t20\n3000\t20\n9\t20\nB5\t3BC\n2122\t54 4D\n200B\t20\nAD\t\n"
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # the model remembers the name of the file of rules
        open("rules.tsv", "w").write(rules)
        model = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter([t.lower() for t in TEXTS if t.isascii() and t.strip()] * 3),
            model_writer=model, vocab_size=140, character_coverage=1.0, model_type="unigram",
            user_defined_symbols=["(", ")", "-", "don't"], control_symbols=["[CLS]", "[SEP]", "[MASK]"],
            pad_id=0, unk_id=1, bos_id=-1, eos_id=-1, num_threads=1, minloglevel=2,
            normalization_rule_tsv="rules.tsv")
        os.chdir(HERE)
    return model.getvalue()


def albert(text):
    text = unicodedata.normalize("NFKD", text.replace("``", '"').replace("''", '"'))
    return "".join(c for c in text if unicodedata.category(c) != "Mn").lower()


def recut(sp, piece):
    """ALBERT's rule for a piece that ends in a digit and a comma: cut it without the comma; the
    blank that cutting puts in front goes if the piece had none."""
    if len(piece) < 2 or piece[-1] != "," or not piece[-2].isdigit():
        return [sp.id_to_piece(sp.piece_to_id(piece))]
    new = sp.encode(piece[:-1].replace("\u2581", ""), out_type=str)
    if piece[0] != "\u2581" and new[0][0] == "\u2581":
        new = new[1:] if len(new[0]) == 1 else [new[0][1:], *new[1:]]
    return [sp.id_to_piece(sp.piece_to_id(p)) for p in [*new, ","]]


def main():
    cased, uncased = (GOLDEN["wordpiece"][name]["vocab"] for name in ("cased", "uncased"))
    pieces, merges = train_bpe(90)
    bpe = config({"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": "",
                  "end_of_word_suffix": "", "fuse_unk": False,
                  "vocab": {p: i for i, p in enumerate(pieces)},
                  "merges": [m.split(" ") for m in merges]}, None,
                 {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True})
    got = run_node(sys.argv[1], [{"config": c, "texts": TEXTS} for c in
                                 (wordpiece(cased, False), wordpiece(uncased, True), bpe)])
    model = train_unigram()
    open("unigram.model", "wb").write(model)
    sp = sentencepiece.SentencePieceProcessor(model_proto=model)
    ids = lambda text: [sp.id_to_piece(i) for i in sp.encode(text)]
    uncased_ids = lambda text: [p for piece in sp.encode(albert(text), out_type=str) for p in recut(sp, piece)]
    golden = {
        "about": "own strings; pieces by @huggingface/tokenizers 0.2.0 (wordpiece, bpe) and "
                 "sentencepiece 0.1.97 (unigram); made by make_tokens.py",
        "texts": TEXTS,
        "wordpiece": {"cased": {"vocab": cased, "pieces": got[0]},
                      "uncased": {"vocab": uncased, "pieces": got[1]}},
        "bpe": {"vocab": pieces, "merges": merges, "pieces": got[2]},
        "unigram": {"cased": [ids(t) for t in TEXTS], "uncased": [uncased_ids(t) for t in TEXTS]},
    }
    lines = json.dumps(golden, ensure_ascii=True, separators=(",", ":"))
    open("tokens.json", "w").write(lines.replace('],["', '],\n["').replace("],[]", "],\n[]") + "\n")


main()

"""scoring.json: tag sequences and how many spans each reading finds in them.

Made from the case files of the scoring specification (a folder given on the command line):
figures and tag sequences only, no text of any corpus.

    python3 make_scoring.py SPEC_FOLDER > scoring.json
"""
import json
import sys

folder = sys.argv[1]
cases = json.load(open(folder + "/ner_scoring_cases.json"))["cases"]
golden = json.load(open(folder + "/golden.json"))


def counts(part):
    return [part["tp"], part["pred"], part["gold"]]


def small(case):
    out = {"name": case["name"], "scheme": case["scheme"], "sentences": case["sentences"],
           "conlleval": counts(case["expected"]), "seqeval": counts(case["seqeval_default"]),
           "accuracy": case["expected"]["token_accuracy"],
           "per_type": {t: counts(v) for t, v in case["expected"]["per_type"].items()},
           "invalid": [case["invalid_transitions"]["gold"], case["invalid_transitions"]["pred"]]}
    if "well_formed_only" in case:
        out["strict"] = counts(case["well_formed_only"])
    return out


json.dump({"columns": "tp, predicted, gold", "spans": [small(c) for c in cases],
           **{k: golden[k] for k in ("seed0_token_f1", "entity_f1_iob_lenient", "entity_f1_iobes_strict",
                                     "re_micro_f1", "hoc_example_f1")}},
          sys.stdout, indent=1)
print()

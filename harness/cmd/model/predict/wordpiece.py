
import re, unicodedata

form = json.load(open(os.path.join(here, "tokenizer.json"), encoding="utf-8"))
model, steps = form["model"], json.dumps(form["normalizer"])
lowers, strips = '"lowercase": true' in steps or "Lowercase" in steps, '"strip_accents": true' in steps

def kind(c):
    """A blank, a mark of punctuation, which is a word by itself, or a part of a word."""
    stands_alone = unicodedata.category(c)[0] == "P" or ("!" <= c <= "~" and not c.isalnum())
    return " " if c.isspace() else "." if stands_alone or unicodedata.name(c, "").startswith("CJK UNIFIED") else "x"

def pieces_of(word, before=""):
    """The longest piece first, again and again; None where that finds no way."""
    end = next((end for end in range(len(word), 0, -1) if before + word[:end] in model["vocab"]), None)
    return [model["vocab"].get(before + word[:end])] + (pieces_of(word[end:], "##") if end and word[end:] else [])

def cut(text):
    """Ids of a text's pieces, and where each one's word begins and ends."""
    ids, places = [], []
    for begin, end in (found.span() for found in re.finditer(r"x+|\.", "".join(map(kind, text)))):
        word = text[begin:end].lower() if lowers else text[begin:end]
        if strips:
            word = "".join(c for c in unicodedata.normalize("NFD", word) if unicodedata.category(c) != "Mn")
        pieces = pieces_of(word) if 0 < len(word) <= model["max_input_chars_per_word"] else [None] * (len(word) > 0)
        ids += [model["vocab"][model["unk_token"]]] if None in pieces else pieces
        places += [(begin, end)] * (1 if None in pieces else len(pieces))
    return ids, places

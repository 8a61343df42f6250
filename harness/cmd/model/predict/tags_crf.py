
def answer(texts):
    """Of each text its words: where each begins and ends, and its tag on the CRF's best path, which goes by first pieces."""
    rows = [cut(text) for text in texts]
    firsts = [[i for i, place in enumerate(places[:room]) if i == 0 or place != places[i - 1]] for _, places in rows]
    starts = [[int(i - 1 in own) for i in range(len(places[:room]) + 2)] for (_, places), own in zip(rows, map(set, firsts))]
    said = ask([[cls, *ids[:room], sep] for ids, _ in rows], "tags", word_starts=starts)
    for text, (_, places), own, tags in zip(texts, rows, firsts, said):
        yield {"text": text, "words": [[*places[i], labels[tags[i + 1]]] for i in own]}


from tokenizers import Tokenizer
tokenizer = Tokenizer.from_file(os.path.join(here, "tokenizer.json"))

def cut(text):
    """Ids of a text's pieces, and where each one's word begins and ends."""
    made, spans = tokenizer.encode(text, add_special_tokens=False), {}
    for word, (begin, end) in zip(made.word_ids, made.offsets):
        spans[word] = spans.get(word, (begin, end))[0], end
    return made.ids, [spans[word] for word in made.word_ids]

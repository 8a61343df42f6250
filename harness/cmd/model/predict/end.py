
if __name__ == "__main__":
    lines = [line.rstrip("\n") for line in sys.stdin]
    for begin in range(0, len(lines), 32):
        for said in answer(lines[begin:begin + 32]):
            print(json.dumps(said, ensure_ascii=False))

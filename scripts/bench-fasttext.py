"""fastText trained on the development rows and run over the texts that `cargo bench --bench reading` wrote.

Prints texts a second of one thread and the ratio of the bench's linear model to it.
"""

import json
import re
import sys
import tempfile
import time
from pathlib import Path

import fasttext

data, texts_file, bench_file = map(Path, sys.argv[1:4])


def clean(text: str) -> str:
    return " ".join(re.findall(r"\w+|[^\w\s]", text.lower()))


rows = [
    json.loads(line)
    for name in ("gainesville_train.jsonl", "reports_dev.jsonl")
    for line in (data / name).read_text(encoding="utf-8").splitlines()
]
with tempfile.TemporaryDirectory() as folder:
    train = Path(folder) / "train.txt"
    train.write_text("".join(f"__label__{r['category']} {clean(r['text'])}\n" for r in rows), encoding="utf-8")
    model = fasttext.train_supervised(
        input=str(train), epoch=25, lr=0.5, wordNgrams=2, minn=3, maxn=5, dim=100, thread=1, verbose=0
    )
texts = texts_file.read_text(encoding="utf-8").splitlines()
speeds = []
for _ in range(5):
    begun = time.process_time()
    # The list goes to C++ at once: no loop of Python is measured.
    model.predict(texts, k=3)
    speeds.append(len(texts) / (time.process_time() - begun))
speeds.sort()
middle = speeds[len(speeds) // 2]
found = re.search(r"linear model alone, posts/s \| ([0-9.]+)", bench_file.read_text(encoding="utf-8"))
ours = float(found.group(1)) if found else 0.0
print(f"| fastText, texts/s of one thread | {middle:.0f} ({speeds[0]:.0f} to {speeds[-1]:.0f}) | |")
print(f"| linear model / fastText | {ours / middle:.1f} | at least 5 |")
